import { isBuiltin } from "node:module";
import type { Finding } from "../finding.js";
import type { Rule } from "../rule.js";
import type { SourceModule } from "../source-module.js";
import { type Manifest, manifestOf, type Project, packageName, projectOf, projects } from "../workspace.js";

/** What a package imports is in its package.json, and packages of the repository in its tsconfig.json as well. */
export const declaredDependency: Rule = {
  name: "declared-dependency",
  promise: "every imported package is declared where it is imported",
  check: (tree) => {
    const all = projects(tree);
    const root = manifestOf(tree, "");
    const folderOf = new Map(all.map(({ manifest, folder }) => [manifest.name ?? "", folder]));
    return tree.modules.flatMap((module) => {
      const project = projectOf(all, module.path);
      return project === undefined ? [] : undeclared(module, { project, root, folderOf });
    });
  },
};

interface Surroundings {
  readonly project: Project;
  readonly root: Manifest;
  readonly folderOf: ReadonlyMap<string, string>;
}

function undeclared(module: SourceModule, { project, root, folderOf }: Surroundings): Finding[] {
  const { manifest, folder, references } = project;
  // Tests and private folders without a package.json are never installed by anybody: the root's dependencies serve them.
  const isShipped = manifest.name !== undefined && !module.isTest;
  const declared = names(manifest, isShipped ? shippedFields : allFields).concat(
    isShipped ? [] : names(root, allFields),
  );
  const findings: Finding[] = [];
  for (const { specifier, kind, line } of module.references) {
    const name = packageName(specifier);
    if (name === undefined || kind === "file" || isBuiltin(name) || name === manifest.name) continue;
    const target = folderOf.get(name);
    if (target !== undefined && !references.includes(target))
      findings.push({
        path: module.path,
        line,
        message: `imports ${name}, but ${folder}/tsconfig.json does not refer to ${target}`,
      });
    if (!declared.includes(name) && (isShipped || target === undefined))
      findings.push({ path: module.path, line, message: `imports ${name}, which its package.json does not name` });
  }
  return findings;
}

type DependencyField = "dependencies" | "optionalDependencies" | "peerDependencies" | "devDependencies";
const shippedFields: readonly DependencyField[] = ["dependencies", "optionalDependencies", "peerDependencies"];
const allFields: readonly DependencyField[] = [...shippedFields, "devDependencies"];

function names(manifest: Manifest, fields: readonly DependencyField[]): string[] {
  return fields.flatMap((field) => Object.keys(manifest[field] ?? {}));
}
