const toldCharactersMax = 200;

/** As much of a text from outside as an error tells: what refuses something large is not large itself. */
export function excerpt(text: string, charactersMax: number = toldCharactersMax): string {
  return text.length <= charactersMax ? text : `${text.slice(0, charactersMax - 1)}…`;
}
