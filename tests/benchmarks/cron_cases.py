"""The benchmarks of schedules: a large crontab, and what the frame around every job costs."""

import sys
from collections.abc import Callable

from cases import Benchmark, Scene
from measure import Way
from ways import add_feed, our_job

TASKS, ACTIVE = 10_000, 4_900  # cron ignores a file of more than 10,000 lines, and a job has two


def large_crontab(scene: Scene) -> Benchmark:
    """From the rows of dba.tscheduler to a file that was read back; the floor is psql reading the rows."""
    scene.stage.sql(
        "INSERT INTO dba.tscheduler (taskname, frequency, scriptpath, scriptargs, datastatusid)"
        " SELECT 'benchmark task ' || n, format('%%s %%s * * %%s', n %% 60, n / 60 %% 24, n %% 7), 'run_import_job.py', 'feed' || n,"
        " CASE WHEN n <= %s THEN 1 ELSE 2 END"
        " FROM generate_series(1, %s) AS n",
        ACTIVE,
        TASKS,
    )
    output = scene.stage.home / "etl_jobs"
    write = our_job("update_cron_jobs.py", "--run-user", "nobody", "--output", str(output))

    def check() -> None:
        if (lines := output.read_text().count("run_scheduled_task.py")) < ACTIVE:
            raise RuntimeError(f"{output} has {lines} of {ACTIVE} jobs")

    floor = Way(("psql", "-X", "-q", "-o", "/dev/null", "-c", "SELECT * FROM dba.tscheduler"), scene.stage.psql_env)
    ours = Way(write, scene.stage.job_env, lambda: output.unlink(missing_ok=True), check)
    return Benchmark(f"crontab of {TASKS:,} rows, {ACTIVE:,} of them on", (("s", 2.0),), floor, ours, rounds=5)


def overhead(scene: Scene) -> Benchmark:
    """Settings, run record, lock and log around a job that finds nothing to do."""
    add_feed(scene.stage, "overhead", target_table="bench.overhead")
    floor = Way((f"{sys.prefix}/bin/python", "-c", "pass"), scene.stage.job_env)
    ours = Way(our_job("run_import_job.py", "overhead"), scene.stage.job_env)
    return Benchmark("the frame of a job", (("CPU s more", 0.15),), floor, ours, rounds=15)


CRON_BENCHMARKS: dict[str, Callable[[Scene], Benchmark]] = {"crontab": large_crontab, "overhead": overhead}
