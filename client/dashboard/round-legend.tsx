/** What the parts of a bar mean. */
export function RoundLegend() {
  return (
    <ul class="legend" aria-label="Parts of a bar">
      <li>
        <i class="seg download" /> download the model
      </li>
      <li>
        <i class="seg train" /> train
      </li>
      <li>
        <i class="seg upload" /> upload the update
      </li>
      <li>
        <i class="seg stream" /> counted; waits for the others
      </li>
      <li>
        <b class="lost">×</b> left, declined, refused or cut off
      </li>
    </ul>
  )
}
