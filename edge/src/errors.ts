/** Errors as the gateway tells them: one JSON form, with the codes, types and statuses of opendata_platform/gateway/failures.py. */

const KINDS = {
  InvalidValue: [400, "invalid_value"],
  Unauthenticated: [401, "unauthenticated"],
  Forbidden: [403, "forbidden"],
  NotFound: [404, "not_found"],
  DatasetNotFound: [404, "dataset_not_found"],
  VersionNotFound: [404, "version_not_found"],
  MethodNotAllowed: [405, "method_not_allowed"],
  Gone: [410, "gone"],
  TooLarge: [413, "too_large"],
  RangeNotSatisfiable: [416, "range_not_satisfiable"],
  IntegrityError: [422, "integrity"],
  RateLimited: [429, "rate_limited"],
  InternalError: [500, "internal"],
  NotAtTheEdge: [501, "not_at_the_edge"],
  UpgradeRequired: [501, "upgrade_required"],
} as const;

export type Kind = keyof typeof KINDS;

const LONGEST_MESSAGE = 1_000;

/** Something that a caller is told. */
export class Failure extends Error {
  constructor(
    readonly kind: Kind,
    message: string,
    readonly hint: string | null = null,
    readonly headers: Record<string, string> = {},
  ) {
    super(message);
  }

  get code(): string {
    return KINDS[this.kind][1];
  }

  response(requestId: string): Response {
    const [status, code] = KINDS[this.kind];
    const error = {
      code,
      type: this.kind,
      message: this.message.slice(0, LONGEST_MESSAGE),
      hint: this.hint,
      request_id: requestId,
    };
    return Response.json({ error }, { status, headers: this.headers });
  }
}

/** A value that breaks a rule: names the field, the value and the rule. */
export function invalid(field: string, value: unknown, rule: string): Failure {
  return new Failure("InvalidValue", `${field}: ${JSON.stringify(value) ?? "null"} is not valid: ${rule}`);
}

export function noDataset(dataset: string): Failure {
  return new Failure("DatasetNotFound", `there is no dataset ${dataset} here`, "list what there is with `od search`");
}
