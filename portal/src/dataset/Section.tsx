/** A part of the page with a heading that links to it. */

import type { ComponentChildren } from "preact";

interface Parts {
  id: string;
  title: string;
  /** What stands at the right of the heading. */
  aside?: ComponentChildren;
  panel?: boolean;
  children: ComponentChildren;
}

export function Section({ id, title, aside, panel, children }: Parts) {
  return (
    <section id={id} class={panel ? "panel" : "part"} aria-labelledby={`${id}-title`}>
      <div class="head">
        <h2 id={`${id}-title`}>
          <a href={`#${id}`}>{title}</a>
        </h2>
        {aside}
      </div>
      {children}
    </section>
  );
}

/** A link to the web, or its text where the address is none: what a store says is not to be trusted. */
export function WebLink({ href, children }: { href: unknown; children: ComponentChildren }) {
  if (typeof href !== "string" || !/^https?:\/\//i.test(href)) return <>{children}</>;
  return (
    <a href={href} rel="noopener noreferrer">
      {children}
    </a>
  );
}
