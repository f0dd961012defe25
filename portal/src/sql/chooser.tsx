/** The field that a dataset is chosen with: suggestions come from the search file once the field is used. */

import { useState } from "preact/hooks";
import { said } from "../i18n";
import { type Listed, loadDatasets } from "../search/load";
import { folded, rank, words } from "../search/scan";
import { t } from "../texts/sql";

const SUGGESTIONS = 20;

export function Chooser({ choose }: { choose: (id: string) => void }) {
  const [typed, setTyped] = useState("");
  const [rows, setRows] = useState<Listed["rows"] | null>(null);
  const query = words(typed);
  const matches = (rows ?? []).filter((row) => rank(folded(row), query) !== null).slice(0, SUGGESTIONS);

  function load() {
    if (rows) return;
    const show = (listed: Listed) => setRows(listed.rows);
    loadDatasets(show).then(show, (error: Error) => console.info("no suggestions", error.message));
  }

  return (
    <form
      class="chooser"
      onSubmit={(event) => {
        event.preventDefault();
        const only = matches.length === 1 ? matches[0]?.id : undefined;
        choose(only ?? typed.trim());
        setTyped("");
      }}
    >
      <label for="dataset">{t.choose}</label>
      <input
        id="dataset"
        list="datasets"
        placeholder={t.choosePlaceholder}
        autocomplete="off"
        spellcheck={false}
        required
        value={typed}
        onFocus={load}
        onInput={(event) => setTyped(event.currentTarget.value)}
      />
      <datalist id="datasets">
        {matches.map((row) => (
          <option value={row.id}>{said(row.title, row.title_zh)}</option>
        ))}
      </datalist>
      <button type="submit" class="button">
        {t.use}
      </button>
    </form>
  );
}
