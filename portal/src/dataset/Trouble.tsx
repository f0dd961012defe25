/** Why a data file could not be read, in words and as the machine said it. */

import { ReadError } from "./ranged";
import { t } from "./texts";

/** `what` is what is missing for it. */
export function Trouble({ what, error }: { what: string; error: ReadError }) {
  return (
    <div class="state broken" role="alert">
      <p>
        <strong>{what}</strong>: {t.troubles[error.trouble]}.
      </p>
      <code>{error.detail}</code>
    </div>
  );
}

export function asReadError(error: unknown): ReadError {
  return error instanceof ReadError ? error : new ReadError("unreadable", String(error));
}
