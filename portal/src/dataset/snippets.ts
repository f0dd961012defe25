/** Code that loads a dataset in the tools people use: a pure function of the dataset, the store and the version. */

interface SnippetFile {
  key: string;
  sha256: string;
  version: string;
}

export interface SnippetSource {
  id: string;
  /** Absolute base URL of the store. */
  store: string;
  /** The version that the reader pinned, or null for the newest state. */
  version: string | null;
  /** The file of the pinned version, or of the newest one; null where it is not known. */
  file: SnippetFile | null;
}

export interface Snippet {
  tool: string;
  label: string;
  code: string;
  /** Whether it loads that one file, where the dataset has a file per version. */
  oneFile: boolean;
}

const PACKAGE = "git+https://github.com/opendata-platform/opendata#subdirectory=opendata_sdk";

/** The snippets in the order of the tabs. Every name in them is quoted, so no name can end a string and run. */
export function snippets(source: SnippetSource): Snippet[] {
  const oneFile = (tool: string, label: string, code: string) => ({ tool, label, code, oneFile: true });
  const whole = (tool: string, label: string, code: string) => ({ tool, label, code, oneFile: false });
  const { file } = source;
  return [
    whole("python", "Python", python(source, "polars", "", "print(df)")),
    whole("pandas", "pandas", python(source, "pandas", ', engine="pandas"', "print(df.describe())")),
    whole("polars", "polars", lazy(source)),
    whole("cli", "CLI", cli(source)),
    whole("duckdb", "DuckDB", duckdb(source)),
    ...(file ? [oneFile("r", "R", r(source, file)), oneFile("curl", "curl", curl(source, file))] : []),
  ];
}

/** The address of an object for whoever copies it. */
export function objectUrl(store: string, key: string): string {
  return `${store.replace(/\/+$/, "")}/${key.split("/").map(encodeURIComponent).join("/")}`;
}

function python(source: SnippetSource, extra: string, options: string, show: string): string {
  return lines(
    ...client(source, extra),
    `df = client.load(${quote(source.id)}${pin(source)}${options})`,
    show,
  );
}

function lazy(source: SnippetSource): string {
  return lines(
    ...client(source, "polars"),
    `lazy = client.scan(${quote(source.id)}${pin(source)})`,
    "print(lazy.head(10).collect())",
  );
}

function duckdb(source: SnippetSource): string {
  return lines(
    ...client(source, "duckdb"),
    `relation = client.load(${quote(source.id)}${pin(source)}, engine="duckdb")`,
    'print(relation.query("data", "SELECT count(*) AS row_count FROM data"))',
  );
}

function client(source: SnippetSource, extra: string): string[] {
  return [install(extra, "# "), "import opendata", "", `client = opendata.Client(${quote(source.store)})`];
}

function cli(source: SnippetSource): string {
  const version = source.version === null ? "" : ` --version ${shell(source.version)}`;
  return lines(
    install("polars", "# "),
    `export OPENDATA_ENDPOINT=${shell(source.store)}`,
    `od load ${shell(source.id)}${version} -o ${shell(fileName(source, source.version, "csv"))}`,
  );
}

function r(source: SnippetSource, file: SnippetFile): string {
  return lines(
    '# install.packages("arrow")',
    "library(arrow)",
    "",
    'file <- tempfile(fileext = ".parquet")',
    `download.file(${quote(objectUrl(source.store, file.key))}, file, mode = "wb")`,
    "df <- read_parquet(file)",
    "print(df)",
  );
}

function curl(source: SnippetSource, file: SnippetFile): string {
  const name = shell(fileName(source, file.version, "parquet"));
  return lines(
    `curl --fail --location --output ${name} ${shell(objectUrl(source.store, file.key))}`,
    `echo ${shell(file.sha256)}" "${name} | sha256sum --check`,
  );
}

function install(extra: string, comment: string): string {
  return `${comment}pip install "opendata[${extra}] @ ${PACKAGE}"`;
}

function pin(source: SnippetSource): string {
  return source.version === null ? "" : `, version=${quote(source.version)}`;
}

function fileName(source: SnippetSource, version: string | null, extension: string): string {
  const name = [source.id.split("/").at(-1), ...(version === null ? [] : [version])].join("-");
  return `${name.replace(/[^A-Za-z0-9._-]/g, "_")}.${extension}`;
}

/** A string literal of Python and of R: JSON's escapes are theirs too. */
function quote(text: string): string {
  return JSON.stringify(text);
}

function shell(text: string): string {
  return /^[A-Za-z0-9_.,:/@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

function lines(...all: string[]): string {
  return all.join("\n");
}
