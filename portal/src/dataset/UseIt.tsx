/** Code to copy, in a tab per tool. */

import { useState } from "preact/hooks";
import { store } from "../place";
import { NotPublished } from "../states";
import type { DatasetDocument } from "../types";
import { Section } from "./Section";
import { snippets } from "./snippets";
import { t } from "./texts";
import type { VersionFile } from "./view";

interface Parts {
  page: DatasetDocument;
  version: string | null;
  file: VersionFile | null;
}

export function UseIt({ page, version, file }: Parts) {
  const [tool, setTool] = useState("python");
  const [copied, setCopied] = useState<string | null>(null);
  const all = snippets({ id: page.entry.id, store: store.href.replace(/\/$/, ""), version, file });
  const shown = all.find((snippet) => snippet.tool === tool) ?? all[0];
  if (!shown || page.data === null) {
    return (
      <Section id="use" title={t.useIt} panel>
        <NotPublished />
      </Section>
    );
  }
  const select = (at: number) => {
    const next = all.at(at % all.length);
    if (!next) return;
    setTool(next.tool);
    document.getElementById(`tab-${next.tool}`)?.focus();
  };
  const copy = async () => {
    await navigator.clipboard.writeText(shown.code);
    setCopied(shown.code);
  };
  return (
    <Section id="use" title={t.useIt} panel>
      <div class="tabs" role="tablist" aria-label={t.useIt}>
        {all.map((snippet, at) => (
          <button
            type="button"
            role="tab"
            id={`tab-${snippet.tool}`}
            aria-selected={snippet === shown}
            aria-controls="snippet"
            tabIndex={snippet === shown ? 0 : -1}
            onClick={() => setTool(snippet.tool)}
            onKeyDown={({ key }) => {
              if (key === "ArrowRight") select(at + 1);
              if (key === "ArrowLeft") select(at - 1);
            }}
          >
            {snippet.label}
          </button>
        ))}
      </div>
      <div role="tabpanel" id="snippet" aria-labelledby={`tab-${shown.tool}`}>
        <pre class="code" tabIndex={0}>
          {shown.code}
        </pre>
        {shown.oneFile && file && page.entry.versioning === "date" && <p class="quiet">{t.oneFileOnly(file.version)}</p>}
      </div>
      <button type="button" class="button primary" onClick={copy}>
        {t.copy}
      </button>{" "}
      <span role="status">{copied === shown.code ? `✓ ${t.copied}` : ""}</span>
    </Section>
  );
}
