"""Export: the published generation, written where people's tools are.

`python -m scripts.export` is the command. `source` is what is exported, `address` says where to;
`parquet` (a folder) and `bucket` (S3), `postgres` and `mariadb` are the targets. Each of them shows
its readers the set of tables of before or the new one, whatever happens in between.
"""
