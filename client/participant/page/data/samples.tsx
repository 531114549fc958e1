/** Some of the examples, as people read them. */
import type { Samples as Some } from '../../view.ts'
import { Thumbnail } from './thumbnail.tsx'
import './samples.css'

export function Samples({ samples, classes }: { samples: Some; classes: readonly string[] }) {
  switch (samples.kind) {
    case 'images':
      return (
        <div class="thumbnails">
          {samples.pictures.map((picture, i) => (
            <Thumbnail
              key={i}
              pixels={picture.pixels}
              width={samples.width}
              height={samples.height}
              channels={samples.channels}
              label={classes[picture.label] ?? String(picture.label)}
            />
          ))}
        </div>
      )
    case 'rows':
      return (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable to be scrolled by keyboard.
        <section class="samples-table" tabIndex={0} aria-label="The first rows">
          <table>
            <thead>
              <tr>
                {samples.columns.map((name) => (
                  <th key={name} scope="col">
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {samples.rows.map((row, i) => (
                <tr key={i}>
                  {row.map((cell, j) => (
                    <td key={j}>{cell}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )
    case 'texts':
      return (
        <ul class="samples-texts">
          {samples.texts.map(({ text, answer }, i) => (
            <li key={i}>
              <span>{text}</span> <b>{answer}</b>
            </li>
          ))}
        </ul>
      )
    default:
      return samples satisfies never
  }
}
