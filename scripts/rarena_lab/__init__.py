"""The lab: one program, scripts/lab, that builds, tests, checks, fuzzes and proves. See scripts/README.md."""
