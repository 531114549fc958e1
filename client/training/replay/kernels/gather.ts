/** Bindings: 0 where rows go to, 1 the table that they come from, 2 which ones. How wide a row is follows from the first and the last. */
export const GATHER_THREADS = 64

export const GATHER_SHADER = `
  @group(0) @binding(0) var<storage, read_write> rows: array<u32>;
  @group(0) @binding(1) var<storage, read> table: array<u32>;
  @group(0) @binding(2) var<storage, read> indices: array<u32>;
  @compute @workgroup_size(${GATHER_THREADS})
  fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
    let i = (group.y * groups.x + group.x) * ${GATHER_THREADS}u + local;
    let width = arrayLength(&rows) / arrayLength(&indices);
    if (i < arrayLength(&rows)) { rows[i] = table[indices[i / width] * width + i % width]; }
  }`
