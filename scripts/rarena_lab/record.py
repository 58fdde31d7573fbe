"""The JSON report of a model-checking run."""

import json

from .basics import from_root, write_text
from .contract import EXIT_STATUS
from .report import WORDS, bug_rows, disagreements, explored, finding_of, never_shown, run_verdict


def job_report(job):
    report = {"scheduler": job.scheduler, "verdict": WORDS[None] if job.outcome is None else job.verdict, "reused": job.reused}
    if job.scheduler == "bound":
        report["bound"] = job.bound
    if job.scheduler == "random":
        report |= {"first": job.first, "last": job.first + job.iterations - 1, "planned": job.iterations}
    if job.shard:
        report |= {"shard": job.shard.index, "shards": job.shard.total}
    if job.merges:
        report["merged_shards"] = len(job.reports)
    if job.outcome:
        report |= {name: getattr(job.outcome, name) for name in ("iterations", "seconds", "kind", "invariant", "message")}
        report |= {"counters": job.outcome.counters} if job.outcome.counters else {}
    path = finding_of(job)
    return report | {"finding": from_root(path) if path else ""}


def scenario_report(group):
    return {"scenario": group.scenario, "freelist": group.freelist, "verdict": group.verdict, "threads": group.row["threads"],
            "explored": explored(group), "iterations": group.total("iterations"), "not_shown": group.row["not_shown"],
            "jobs": [job_report(job) for job in group.jobs]}


def cell_report(cell):
    """What one engine has to say of one bug; see bug_rows."""
    if isinstance(cell, dict):
        return {"expect": cell["expect"], "about": cell["about"], "not_found_reason": cell["not_found_reason"]}
    job, control = cell.jobs
    return {"expect": cell.row["expect"], "about": cell.row["about"], "verdict": cell.verdict, "bug": job_report(job),
            "control": job_report(control)}


def json_report(parts, options, seconds):
    """Everything a reader of the tables sees and more, without facts about the machine."""
    verdict = run_verdict(parts)
    report = {"mode": options.mode, "seed": options.seed, "random_shards": options.random_shards, "shards": options.shards,
              "verdict": verdict, "exit_status": EXIT_STATUS[verdict], "seconds": round(seconds, 3)}
    report["engines"] = [{"engine": part.engine.name, "never_shown": never_shown(part),
                          "scenarios": [scenario_report(group) for group in part.scenarios]} for part in parts]
    report["bugs"] = [{"name": name, "scenario": scenario, "freelist": freelist,
                         "engines": {engine: cell_report(cell) for engine, cell in cells.items()}}
                        for (name, scenario, freelist), cells in bug_rows(parts).items()]
    report["disagreements"] = [{"scenario": scenario, "freelist": freelist, "violated": violated.engine.name,
                                "held": held.engine.name} for scenario, freelist, violated, held in disagreements(parts)]
    return report


def write_json(path, report):
    write_text(path, json.dumps(report, indent=2) + "\n")
