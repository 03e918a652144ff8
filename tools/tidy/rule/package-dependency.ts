import type { Finding } from "../finding.js";
import type { Rule } from "../rule.js";
import type { ModuleReference, SourceModule } from "../source-module.js";
import { packageName, projectOf, projects } from "../workspace.js";

interface Allowance {
  readonly direct: readonly string[];
  /** Packages that may be loaded with `import()` only, when they are needed. */
  readonly lazy?: readonly string[];
}

const everything = ["protocol", "core", "store", "engine", "plugin", "adapter", "worker", "client", "cli"];

/** Which packages the source of a package may import. Whoever adds a package adds its row. */
export const allowances: Readonly<Record<string, Allowance>> = {
  protocol: { direct: [] },
  core: { direct: ["protocol"] },
  // Its programs run without any package beside them: they take types alone from here.
  adapter: { direct: ["protocol"] },
  store: { direct: ["protocol", "core"] },
  engine: { direct: ["protocol", "core", "store", "workspace"] },
  plugin: { direct: ["protocol"] },
  workspace: { direct: ["protocol"] },
  worker: { direct: ["protocol", "plugin", "workspace"] },
  client: { direct: ["protocol", "plugin"] },
  cli: { direct: ["protocol", "plugin", "adapter", "workspace", "client"], lazy: ["engine", "worker", "store"] },
  // The product ships its virtual clock for the tests of its users.
  capstan: { direct: [...everything, "testkit"] },
  testkit: { direct: everything },
};

/** Packages import each other in one direction only. Tests may use `testkit` besides. */
export const packageDependency: Rule = {
  name: "package-dependency",
  promise: "packages import only the packages below them",
  check: (tree) => {
    const all = projects(tree);
    const folderOf = new Map(all.map(({ manifest, folder }) => [manifest.name ?? "", folder]));
    return tree.modules.flatMap((module) => {
      const folder = projectOf(all, module.path)?.folder ?? "";
      if (!folder.startsWith("packages/")) return [];
      const allowance = allowances[shortName(folder)];
      if (allowance === undefined) return [unknownPackage(module, folder)];
      return module.references.flatMap((reference) => {
        const target = folderOf.get(packageName(reference.specifier) ?? "\0");
        if (target === undefined || target === folder) return [];
        const why = refusal(allowance, reference, { target: shortName(target), isTest: module.isTest });
        return why === undefined ? [] : [{ path: module.path, line: reference.line, message: why }];
      });
    });
  },
};

function refusal(
  { direct, lazy = [] }: Allowance,
  { kind, specifier }: ModuleReference,
  { target, isTest }: { target: string; isTest: boolean },
): string | undefined {
  if (direct.includes(target) || (isTest && target === "testkit")) return undefined;
  if (!lazy.includes(target)) return `imports ${specifier}, which is not below it`;
  return kind === "static" ? `imports ${specifier} at once: load it with import() when it is needed` : undefined;
}

function unknownPackage(module: SourceModule, folder: string): Finding {
  return { path: module.path, message: `belongs to ${folder}, which has no row in the dependency rule` };
}

function shortName(folder: string): string {
  return folder.slice(folder.lastIndexOf("/") + 1);
}
