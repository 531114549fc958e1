import { describe, expect, it } from 'vitest'
import { sortFiles } from './sort-files.ts'

const file = (name: string, size = 1) => new File([new Uint8Array(size)], name)
const names = (files: File[]) => {
  const { images, labels } = sortFiles(files)
  return [images?.name, labels?.name]
}

describe('sortFiles', () => {
  it('knows MNIST’s names in either order', () => {
    const images = file('t10k-images-idx3-ubyte.gz')
    const labels = file('t10k-labels-idx1-ubyte.gz')
    expect(names([images, labels])).toEqual([images.name, labels.name])
    expect(names([labels, images])).toEqual([images.name, labels.name])
  })
  it('takes what one name says for the other file too', () => {
    expect(names([file('labels'), file('x', 9)])).toEqual(['x', 'labels'])
    expect(names([file('x'), file('images', 9)])).toEqual(['images', 'x'])
  })
  it('goes by size where names say nothing', () => {
    expect(names([file('a', 1), file('b', 9)])).toEqual(['b', 'a'])
  })
  it('does not guess from one nameless file', () => {
    expect(names([file('a')])).toEqual([undefined, undefined])
  })
})
