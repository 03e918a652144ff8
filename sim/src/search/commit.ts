import { execFileSync } from "node:child_process";

/** The commit that is checked out, with a `+` when files differ from it; `unknown` outside a repository. */
export function commitNow(): string {
  const git = (...args: string[]): string => execFileSync("git", args, { encoding: "utf8", stdio: "pipe" }).trim();
  try {
    return git("rev-parse", "--short=12", "HEAD") + (git("status", "--porcelain") === "" ? "" : "+");
  } catch {
    return "unknown";
  }
}
