/** What tfjs says of a program of its own when it runs it. */

export type ElementType = 'float32' | 'int32' | 'bool'

export interface TensorNote {
  readonly shape: readonly number[]
  /** Of what lies in its buffer. */
  readonly type: ElementType
}

/** How an element of the output comes of elements of the inputs. */
export interface Recipe {
  /** Of each input, the element's index, as WGSL over `i`, the output element's; 'i' is the same one. */
  readonly indices: readonly string[]
  /** The output's element, as WGSL, by the names of those that were read. */
  readonly expression: (names: readonly string[]) => string
}

export interface ProgramNote {
  /** Begins with the program's name and what it is specialised to. */
  readonly key: string
  /** Of unary and binary programs: which operation. */
  readonly op: number | null
  /** Of transpositions: the input's dimension that each of the output's is. */
  readonly permutation: readonly number[] | null
  readonly inputs: readonly TensorNote[]
  readonly output: TensorNote
  /** Its own uniforms, in their order. */
  readonly uniforms: readonly (readonly number[])[]
  /** Where it says so itself. */
  readonly recipe: Recipe | null
}
