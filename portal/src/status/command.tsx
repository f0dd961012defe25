/** A command to paste, with a button that copies it. */

import { useState } from "preact/hooks";
import { t } from "../texts/status";

export function Command({ command }: { command: string }) {
  const [said, setSaid] = useState("");

  function copy() {
    navigator.clipboard.writeText(command).then(
      () => setSaid(t.copied),
      () => setSaid(t.notCopied),
    );
  }

  return (
    <p class="command">
      <span class="quiet">{t.backfill}:</span> <code>{command}</code>
      <button type="button" class="button" onClick={copy}>
        {t.copy}
      </button>
      <span role="status">{said}</span>
    </p>
  );
}
