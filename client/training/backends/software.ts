/** Whether an adapter's or renderer's name is that of a program that only plays a GPU. */
export function isSoftware(name: string): boolean {
  return /swiftshader|llvmpipe|softpipe|software|basic render|warp/i.test(name)
}
