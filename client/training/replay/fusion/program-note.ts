/** What tfjs says of a program of its own when it runs it. */

export type ElementType = 'float32' | 'int32' | 'bool'

export interface TensorNote {
  readonly shape: readonly number[]
  /** Of what lies in its buffer. */
  readonly type: ElementType
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
}
