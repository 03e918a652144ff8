/** A reporter of Jest that says nothing of its own: it passes on what a file printed, as it was. */
const complaints = new Set(["assert", "error", "warn"]);

module.exports = class PrintReporter {
  onTestResult(_test, { console: lines }) {
    for (const { message, type } of lines ?? []) {
      process[complaints.has(type) ? "stderr" : "stdout"].write(`${message}\n`);
    }
  }
};
