// FerretDB over SQLite files: a server that speaks MongoDB's wire protocol. Usage: ferretdb ADDRESS FOLDER
package main

import (
	"context"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/FerretDB/FerretDB/ferretdb"
)

func main() {
	stopped, _ := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	address, folder := os.Args[1], os.Args[2]
	server, err := ferretdb.New(&ferretdb.Config{
		Listener:  ferretdb.ListenerConfig{TCP: address},
		Handler:   "sqlite",
		SQLiteURL: "file:" + folder + "/",
	})
	if err == nil {
		err = server.Run(stopped)
	}
	if err != nil {
		slog.Error(err.Error())
		os.Exit(1)
	}
}
