import { CapstanError, limits, type Definition, type Manifest } from "@capstan/protocol";
import { checkBundlePaths } from "./bundle-path.js";
import { compileSchema } from "./compile-schema.js";

/**
 * Checks all of a manifest that its schema does not say.
 * @throws CapstanError `invalid-manifest`, `invalid-path`, `too-large`; `details.definition` names the one that is wrong.
 */
export function checkManifest(manifest: Manifest): void {
  checkBundlePaths(manifest.files);
  checkSizes(manifest);
  checkEntry(manifest);
  const names = new Set<string>();
  for (const definition of manifest.definitions) {
    if (names.has(definition.name)) {
      throw new CapstanError("invalid-manifest", `the definition "${definition.name}" comes twice`, {
        details: { definition: definition.name },
      });
    }
    names.add(definition.name);
    checkDefinition(definition);
  }
}

function checkSizes({ files }: Manifest): void {
  const sizes = new Map<string, number>();
  let bytes = 0;
  for (const file of files) {
    bytes += file.bytes;
    const known = sizes.get(file.digest);
    if (known !== undefined && known !== file.bytes) {
      throw new CapstanError("invalid-manifest", `${file.path} has the digest of a file of another size`, {
        details: { path: file.path, digest: file.digest },
      });
    }
    sizes.set(file.digest, file.bytes);
    if (file.bytes > limits.blobBytesMax) throw tooLarge(`the file ${file.path}`, file.bytes, limits.blobBytesMax);
  }
  if (bytes > limits.bundleBytesMax) throw tooLarge("the bundle", bytes, limits.bundleBytesMax);
}

function tooLarge(what: string, bytes: number, bytesMax: number): CapstanError {
  return new CapstanError("too-large", `${what} has ${bytes} bytes; ${bytesMax} are allowed`, {
    details: { bytes, bytesMax },
  });
}

function checkEntry({ runtime, entry, command, files }: Manifest): void {
  const has = (path: string): boolean => files.some((file) => file.path === path);
  if (runtime === "node" && entry === undefined) {
    throw new CapstanError("invalid-manifest", "a node plugin names its entry, a file of the bundle");
  }
  if (entry !== undefined && !has(entry)) {
    throw new CapstanError("invalid-manifest", `the entry "${entry}" is no file of the bundle`, { details: { entry } });
  }
  if (command !== undefined && runtime !== "command") {
    throw new CapstanError("invalid-manifest", `a plugin of runtime ${runtime} has no command`);
  }
  const program = command?.[0];
  if (program?.startsWith("./") === true && !has(program.slice(2))) {
    throw new CapstanError("invalid-manifest", `the program "${program}" is no file of the bundle`, {
      details: { program },
    });
  }
}

function checkDefinition({ name, input, output, examples = [] }: Definition): void {
  const inputCheck = within(name, "input", () =>
    input === undefined ? undefined : compileSchema(input, { what: "the example's input", code: "invalid-manifest" }),
  );
  const outputCheck = within(name, "output", () =>
    output === undefined
      ? undefined
      : compileSchema(output, { what: "the example's output", code: "invalid-manifest" }),
  );
  for (const [at, example] of examples.entries()) {
    within(name, `examples/${at}`, () => {
      inputCheck?.(example.input);
      if (example.output !== undefined) outputCheck?.(example.output);
    });
  }
}

/** Runs a check; what it throws names the definition and the part of it. */
function within<T>(definition: string, part: string, check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof CapstanError)) throw error;
    throw new CapstanError(error.code, `the definition "${definition}" is wrong in ${part}: ${error.message}`, {
      details: { definition, part, ...error.details },
      cause: error,
    });
  }
}
