import type { Project } from "./adapter.js";

interface Manifest {
  readonly dependencies?: Readonly<Record<string, unknown>>;
  readonly devDependencies?: Readonly<Record<string, unknown>>;
  readonly scripts?: Readonly<Record<string, unknown>>;
}

/** Whether a file whose name fits lies at the root. */
export function hasFile({ names }: Project, pattern: RegExp): boolean {
  return names.some((name) => pattern.test(name));
}

/** Whether a file at the root has a line that fits. */
export function hasLine(project: Project, name: string, pattern: RegExp): boolean {
  return project.names.includes(name) && pattern.test(project.text(name) ?? "");
}

/** Whether the package.json at the root names the package. */
export function dependsOn(project: Project, name: string): boolean {
  const { dependencies, devDependencies } = manifest(project);
  return [dependencies, devDependencies].some((field) => field !== undefined && Object.hasOwn(field, name));
}

/** Whether a script of the package.json at the root fits. */
export function hasScript(project: Project, pattern: RegExp): boolean {
  return Object.values(manifest(project).scripts ?? {}).some((script) => pattern.test(String(script)));
}

function manifest(project: Project): Manifest {
  if (!project.names.includes("package.json")) return {};
  try {
    const value: unknown = JSON.parse(project.text("package.json") ?? "{}");
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}
