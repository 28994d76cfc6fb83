{{- /* Whose an object is: `root`, its `name` and, if it is one service's, that `service`. */ -}}
{{- define "fanfare.metadata" -}}
name: {{ .name }}
namespace: {{ .root.Release.Namespace }}
labels:
  {{- with .service }}
  app.kubernetes.io/name: {{ . }}
  {{- end }}
  app.kubernetes.io/part-of: fanfare
{{- end }}
