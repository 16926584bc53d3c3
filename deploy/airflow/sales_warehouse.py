"""An example for Airflow 3: `make report` every morning, and the marts for BI after it.

Copy it into the DAGs folder and set the variables `sales_warehouse_project` (where this repository
is), `sales_warehouse_shop` (the folder of files) and, for the second task, the environment variable
that `make export` reads its password from. Each command is safe to repeat, and a failed one leaves
the last generation published, so Airflow's retries need no cleaning up.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG

PROJECT = "{{ var.value.sales_warehouse_project }}"
SHOP = {"SHOP": "{{ var.value.sales_warehouse_shop }}"}

with DAG(
    dag_id="sales_warehouse",
    description="Files of the shop → warehouse → report → BI",
    schedule="0 6 * * *",
    start_date=datetime(2025, 1, 1),
    catchup=False,
    # two runs would only wait for each other: one warehouse, one lock
    max_active_runs=1,
    default_args={"retries": 2, "retry_delay": timedelta(minutes=10)},
):
    report = BashOperator(
        task_id="report", bash_command="make report", cwd=PROJECT, env=SHOP, append_env=True
    )
    export = BashOperator(
        task_id="export",
        bash_command="make export TO=postgresql://127.0.0.1/bi",
        cwd=PROJECT,
        env=SHOP,
        append_env=True,
    )
    report >> export
