import type { Adapter } from "../adapter.js";
import { program } from "../program-file.js";
import { hasFile, hasLine } from "../recognition.js";

export const pytestAdapter: Adapter = {
  name: "pytest",
  title: "pytest",
  files: program("program/pytest/executor.py", "program/pytest/capstan_fork.py"),
  command: ["python3", "program/pytest/executor.py"],
  runsParts: true,
  sharesProcess: true,
  patterns: ["**/test_*.py", "**/*_test.py"],
  recognises: (project) =>
    hasFile(project, /^(\.?pytest\.(ini|toml)|conftest\.py)$/) ||
    hasLine(project, "pyproject.toml", /^\[tool\.pytest\b|["']pytest\b/m) ||
    hasLine(project, "setup.cfg", /^\[tool:pytest\]/m) ||
    hasLine(project, "tox.ini", /^\[pytest\]/m),
};
