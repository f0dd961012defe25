/** The schema: every column with its type, its unit and what it means. */

import { said } from "../i18n";
import { NotPublished } from "../states";
import type { DatasetDocument } from "../types";
import { Section } from "./Section";
import { t } from "./texts";
import { unitText } from "./values";

export function Columns({ page: { columns, entry } }: { page: DatasetDocument }) {
  return (
    <Section id="columns" title={t.schema}>
      {columns.length === 0 ? (
        <NotPublished />
      ) : (
        <div class="scroll framed" tabIndex={0} role="group" aria-labelledby="columns-title">
          <table class="full">
            <thead>
              <tr>
                <th scope="col">{t.name}</th>
                <th scope="col">{t.type}</th>
                <th scope="col">{t.unit}</th>
                <th scope="col">{t.description}</th>
              </tr>
            </thead>
            <tbody>
              {columns.map((column) => (
                <tr id={`column-${column.name}`}>
                  <th scope="row">
                    <code>{column.name}</code>
                    {entry.primary_key.includes(column.name) && <small class="quiet"> {t.key}</small>}
                  </th>
                  <td class="nowrap">
                    <code>{column.type}</code>
                    {column.nullable && <small class="quiet"> {t.nullable}</small>}
                  </td>
                  <td>{unitText(column) || "–"}</td>
                  <td>{said(column.description, column.description_zh) || "–"}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Section>
  );
}
