import type { Adapter } from "../adapter.js";
import { program } from "../program-file.js";
import { hasFile, hasLine } from "../recognition.js";

export const rspecAdapter: Adapter = {
  name: "rspec",
  title: "RSpec",
  files: program("program/rspec/executor.rb", "program/rspec/file-run.rb", "program/rspec/fork.rb"),
  command: ["ruby", "program/rspec/executor.rb"],
  runsParts: true,
  sharesProcess: true,
  patterns: ["spec/**/*_spec.rb"],
  recognises: (project) =>
    hasFile(project, /^\.rspec$/) || hasLine(project, "Gemfile", /^\s*gem ["']rspec(-rails|-core)?["']/m),
};
