import { posix } from "node:path";
import { type Comment, type Node, type Program, parseSync } from "oxc-parser";
import { walk } from "./walk.js";

/** One import, export-from or file reference of a module. */
export interface ModuleReference {
  readonly specifier: string;
  /** `type` is what the compiler erases (`import { type X }` still loads the module); `file` is `new URL("./x.js", import.meta.url)` and the like: the entry of a thread or child process. */
  readonly kind: "static" | "type" | "dynamic" | "file";
  readonly line: number;
}

/** A parsed TypeScript file. */
export class SourceModule {
  readonly path: string;
  readonly text: string;
  readonly program: Program;
  readonly comments: readonly Comment[];
  readonly #lineStarts: readonly number[];
  #references: readonly ModuleReference[] | undefined;

  constructor(path: string, text: string) {
    const { program, comments, errors } = parseSync(posix.basename(path), text, { sourceType: "module" });
    if (errors.length > 0) throw new Error(`${path} cannot be parsed: ${errors[0]?.message}`);
    this.path = path;
    this.text = text;
    this.program = program;
    this.comments = comments;
    this.#lineStarts = [0, ...Array.from(text.matchAll(/\n/g), (match) => match.index + 1)];
  }

  /** Whether it is there for tests only: a test, or what tests share (`x.test.support.ts`, a conformance suite). No package ships it. */
  get isTest(): boolean {
    return this.isTestEntry || /\.test\.support\.tsx?$|\/conformance\//.test(this.path);
  }

  /** Whether a test runner starts from it. */
  get isTestEntry(): boolean {
    return /\.(test|test-d)\.tsx?$/.test(this.path);
  }

  get lineCount(): number {
    return this.#lineStarts.length - (this.text.endsWith("\n") ? 1 : 0);
  }

  /** The line, from 1, of an offset. */
  lineAt(offset: number): number {
    let low = 0;
    let high = this.#lineStarts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((this.#lineStarts[middle] ?? Infinity) <= offset) low = middle;
      else high = middle;
    }
    return low + 1;
  }

  get references(): readonly ModuleReference[] {
    this.#references ??= this.#findReferences();
    return this.#references;
  }

  #findReferences(): ModuleReference[] {
    const found: ModuleReference[] = [];
    walk(this.program, (node) => {
      const reference = referenceOf(node);
      if (reference !== undefined) found.push({ ...reference, line: this.lineAt(node.start) });
    });
    return found;
  }
}

function referenceOf(node: Node): Omit<ModuleReference, "line"> | undefined {
  switch (node.type) {
    case "ImportDeclaration":
      return { specifier: node.source.value, kind: node.importKind === "type" ? "type" : "static" };
    case "ExportAllDeclaration":
      return { specifier: node.source.value, kind: node.exportKind === "type" ? "type" : "static" };
    case "ExportNamedDeclaration":
      if (node.source === null) return undefined;
      return { specifier: node.source.value, kind: node.exportKind === "type" ? "type" : "static" };
    case "ImportExpression":
      return literal(node.source, "dynamic");
    case "TSImportType":
      return { specifier: node.source.value, kind: "type" };
    case "NewExpression":
      return isIdentifier(node.callee, "URL") && isImportMetaUrl(node.arguments[1])
        ? literal(node.arguments[0], "file")
        : undefined;
    case "CallExpression":
      return isImportMetaMember(node.callee, "resolve") ? literal(node.arguments[0], "file") : undefined;
    default:
      return undefined;
  }
}

function literal(node: Node | undefined, kind: ModuleReference["kind"]): Omit<ModuleReference, "line"> | undefined {
  return node?.type === "Literal" && typeof node.value === "string" ? { specifier: node.value, kind } : undefined;
}

function isIdentifier(node: Node, name: string): boolean {
  return node.type === "Identifier" && node.name === name;
}

function isImportMetaUrl(node: Node | undefined): boolean {
  return node !== undefined && isImportMetaMember(node, "url");
}

function isImportMetaMember(node: Node, name: string): boolean {
  return node.type === "MemberExpression" && node.object.type === "MetaProperty" && isIdentifier(node.property, name);
}
