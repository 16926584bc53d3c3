-- For each file, records in = loaded + quarantined + rejected + ignored
-- + duplicate + superseded, and the same for the sum of each mapped number as
-- it was written.
select
    path,
    measure,
    total_in,
    loaded,
    quarantined,
    rejected,
    ignored,
    duplicate,
    superseded,
    rounding,
    difference
from {{ ref('balance') }}
where difference <> 0
