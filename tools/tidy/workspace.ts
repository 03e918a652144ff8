import { posix } from "node:path";
import type { SourceTree } from "./source-tree.js";

/** What the rules read of a package.json. */
export interface Manifest {
  readonly name?: string;
  readonly private?: boolean;
  readonly bin?: string | Readonly<Record<string, string>>;
  readonly exports?: unknown;
  readonly imports?: unknown;
  readonly main?: string;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

/** One TypeScript project of the repository: a package, or a folder like `tools`. */
export interface Project {
  /** From the root, without a slash at the end. */
  readonly folder: string;
  /** Empty for a project without a package.json of its own. */
  readonly manifest: Manifest;
  /** The folders of the projects that its tsconfig.json refers to. */
  readonly references: readonly string[];
}

interface TsConfig {
  readonly references?: readonly { readonly path: string }[];
}

/** Every folder with a tsconfig.json, the root left out. */
export function projects(tree: SourceTree): Project[] {
  return tree.paths
    .filter((path) => posix.basename(path) === "tsconfig.json" && path.includes("/"))
    .map((path) => {
      const folder = posix.dirname(path);
      const { references = [] } = tree.json(path) as TsConfig;
      return {
        folder,
        manifest: manifestOf(tree, folder),
        references: references.map((reference) => posix.join(folder, reference.path)),
      };
    });
}

/** The package.json of a folder, `""` being the root; empty when there is none. */
export function manifestOf(tree: SourceTree, folder: string): Manifest {
  return tree.json(posix.join(folder, "package.json")) ?? {};
}

/** The project that a file belongs to: the innermost. */
export function projectOf(all: readonly Project[], path: string): Project | undefined {
  const owners = all.filter(({ folder }) => path.startsWith(`${folder}/`));
  return owners.toSorted((a, b) => b.folder.length - a.folder.length)[0];
}

/** `@scope/name` or `name` of a bare specifier; undefined for relative ones, `node:` and `#imports`. */
export function packageName(specifier: string): string | undefined {
  if (/^(\.|\/|#|[a-z]+:)/.test(specifier)) return undefined;
  const [first = "", second = ""] = specifier.split("/");
  return first.startsWith("@") ? `${first}/${second}` : first;
}
