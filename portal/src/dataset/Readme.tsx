/** The README, cleaned; the code that cleans it is loaded only where there is one. */

import { useEffect, useRef } from "preact/hooks";
import { useLoaded } from "../loaded";
import { Broken, Loading, TooLarge } from "../states";
import type { DatasetDocument } from "../types";
import { Section, WebLink } from "./Section";
import { t } from "./texts";

/** Characters above which a README is not shown. */
const LONGEST = 200_000;

export function Readme({ page: { readme, entry } }: { page: DatasetDocument }) {
  return (
    <Section id="readme" title={t.readme}>
      {readme === null ? (
        <p class="state">{t.noReadme}</p>
      ) : readme.length > LONGEST ? (
        <TooLarge>
          <p>
            {t.readmeTooLong} <WebLink href={entry.repo}>{t.onGitHub}</WebLink>
          </p>
        </TooLarge>
      ) : (
        <Markdown text={readme} />
      )}
    </Section>
  );
}

function Markdown({ text }: { text: string }) {
  const box = useRef<HTMLDivElement>(null);
  const loaded = useLoaded(async () => (await import("./readme")).readmeFragment(text), [text]);
  useEffect(() => {
    if (loaded.state === "ready") box.current?.replaceChildren(loaded.value);
  }, [loaded]);
  if (loaded.state === "failed") return <Broken error={loaded.error} />;
  return (
    <>
      {loaded.state === "loading" && <Loading />}
      <div class="readme" ref={box} />
    </>
  );
}
