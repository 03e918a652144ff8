/** The options that every verb takes. */
export const globalOptions = [
  { flag: "--json", value: undefined, description: "print JSON, one line for each thing" },
  { flag: "--url", value: "url", description: "address of the engine (CAPSTAN_URL, default http://127.0.0.1:7717)" },
  { flag: "--token", value: "token", description: "bearer token (CAPSTAN_TOKEN)" },
  { flag: "--token-file", value: "file", description: "file that holds the token" },
  { flag: "--namespace", value: "name", description: 'namespace (CAPSTAN_NAMESPACE, default "default")' },
] as const;

export interface Hoisted {
  readonly argv: readonly string[];
  /** The word after the global options. */
  readonly verb: string | undefined;
  readonly isJson: boolean;
}

/**
 * Moves the global options to the front, so that they may stand anywhere before `--` although verbs may have options of
 * the same name as the program's (`deploy --version`).
 */
export function hoist(argv: readonly string[]): Hoisted {
  const front: string[] = [];
  const rest: string[] = [];
  let at = 0;
  for (; at < argv.length && argv[at] !== "--"; at += 1) {
    const word = argv[at]!;
    const option = globalOptions.find(({ flag }) => word === flag || word.startsWith(`${flag}=`));
    if (option === undefined) {
      rest.push(word);
      continue;
    }
    front.push(word);
    const next = argv[at + 1];
    if (option.value !== undefined && word === option.flag && next !== undefined) {
      front.push(next);
      at += 1;
    }
  }
  const [first] = rest;
  const verb = first === "help" ? rest[1] : first;
  return { argv: [...front, ...rest, ...argv.slice(at)], verb, isJson: front.includes("--json") };
}
