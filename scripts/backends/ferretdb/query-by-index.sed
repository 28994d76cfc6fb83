# FerretDB 1.24 indexes _id as _ferretdb_sjson->"_id" and looks it up as _ferretdb_sjson->'$._id'. Both mean the same, but
# SQLite compares the texts, and so every lookup would search the whole collection.
s/DefaultColumn + "->'$\._id'"/DefaultColumn + `->"_id"`/
