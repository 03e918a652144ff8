import type { Rule } from "./rule.js";
import { builtProject } from "./rule/built-project.js";
import { conformance } from "./rule/conformance.js";
import { corePurity } from "./rule/core-purity.js";
import { deadFile } from "./rule/dead-file.js";
import { declaredDependency } from "./rule/declared-dependency.js";
import { defaultExport } from "./rule/default-export.js";
import { docLink } from "./rule/doc-link.js";
import { fileLength } from "./rule/file-length.js";
import { fileName } from "./rule/file-name.js";
import { focusedTest } from "./rule/focused-test.js";
import { functionLength } from "./rule/function-length.js";
import { importCycle } from "./rule/import-cycle.js";
import { interfaceName } from "./rule/interface-name.js";
import { libraryDoor } from "./rule/library-door.js";
import { lightInstall } from "./rule/light-install.js";
import { machinePath } from "./rule/machine-path.js";
import { openEnd } from "./rule/open-end.js";
import { packageDependency } from "./rule/package-dependency.js";
import { portablePackage } from "./rule/portable-package.js";
import { relativeImport } from "./rule/relative-import.js";
import { vocabulary } from "./rule/vocabulary.js";

/** Every rule that the repository keeps. A new rule is a file in `rule/`, a test beside it, and a line here. */
export const rules: readonly Rule[] = [
  packageDependency,
  declaredDependency,
  lightInstall,
  relativeImport,
  libraryDoor,
  importCycle,
  builtProject,
  deadFile,
  corePurity,
  portablePackage,
  fileLength,
  functionLength,
  fileName,
  interfaceName,
  vocabulary,
  defaultExport,
  openEnd,
  focusedTest,
  machinePath,
  docLink,
  conformance,
];
