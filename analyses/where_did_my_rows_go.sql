-- What became of every record of every file that has not been loaded whole.
select
    path,
    records_in,
    loaded_count,
    quarantined_count,
    rejected_count,
    ignored_count,
    duplicate_count,
    superseded_count,
    is_balanced
from quality.file_ledger
where loaded_count <> records_in or not is_balanced
order by path
