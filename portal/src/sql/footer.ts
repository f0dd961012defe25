/** What the footer of a Parquet file says of its columns' sizes, fetched by range. */

import { asyncBufferFromUrl, parquetMetadataAsync } from "hyparquet";
import type { ColumnBytes } from "./cost";

const TAIL = 64 * 1024;

export async function columnBytesOf(url: string, byteLength: number): Promise<ColumnBytes> {
  const file = await asyncBufferFromUrl({ url, byteLength });
  const { row_groups: groups } = await parquetMetadataAsync(file, { initialFetchSize: TAIL });
  const sizes = new Map<string, number>();
  for (const { meta_data: column } of groups.flatMap((group) => group.columns)) {
    const name = column?.path_in_schema[0];
    if (name !== undefined) sizes.set(name, (sizes.get(name) ?? 0) + Number(column?.total_compressed_size));
  }
  return sizes;
}
