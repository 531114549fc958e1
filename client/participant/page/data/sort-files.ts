/** Which of some dropped files holds pictures and which labels, by name, then by size. */
export function sortFiles(files: readonly File[]): { images: File | null; labels: File | null } {
  const labels = files.find((file) => /label|idx1/i.test(file.name)) ?? null
  const images = files.find((file) => file !== labels && /image|idx3/i.test(file.name)) ?? null
  const rest = files.filter((file) => file !== labels && file !== images).sort((a, b) => b.size - a.size)
  if (files.length === 2 && rest.length === 2) {
    // Pictures are larger than their labels.
    return { images: rest[0] ?? null, labels: rest[1] ?? null }
  }
  if (files.length === 2 && rest.length === 1) {
    return { images: images ?? rest[0] ?? null, labels: labels ?? rest[0] ?? null }
  }
  return { images, labels }
}
