/** Bindings: 0 where to, 1 where from, of one length. */
export const COPY_THREADS = 64

export const COPY_SHADER = `
  @group(0) @binding(0) var<storage, read_write> destination: array<u32>;
  @group(0) @binding(1) var<storage, read> origin: array<u32>;
  @compute @workgroup_size(${COPY_THREADS})
  fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
    let i = (group.y * groups.x + group.x) * ${COPY_THREADS}u + local;
    if (i < arrayLength(&destination)) { destination[i] = origin[i]; }
  }`
