/** What the registry says of one error, as the page shows it. */
export interface DescribedError {
  readonly status: number;
  readonly retryable: boolean;
  readonly title: string;
  readonly remedy: string;
}

/** The reference of errors by code. */
export function renderErrors(registry: Readonly<Record<string, DescribedError>>): string {
  const rows = Object.entries(registry)
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([code, { status, retryable, title, remedy }]) =>
      [`| \`${code}\``, status, cell(title), cell(remedy), `${retryable ? "yes" : "no"} |`].join(" | "),
    );
  return `# Errors

Every error has a code that never changes its meaning. Over HTTP it is a problem document (\`application/problem+json\`) with that code and the status
below; the SDK throws a \`CapstanError\` with it; the command line prints it. _Retry_ says whether the same call may succeed later, unchanged.

| code | status | what happened | what to do | retry |
| --- | --- | --- | --- | --- |
${rows.join("\n")}
`;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}
