/** Words that say nothing of what is looked for, in English and German. */
const STOP = new Set(
  (
    `a about above after again against all also am an and any are aren as at be because been before being below between both but by ` +
    `can cannot could couldn did didn do does doesn doing don down during each few for from further had hadn has hasn have haven having ` +
    `he her here hers herself him himself his how i if in into is isn it its itself just ll let me more most my myself no nor not now of off ` +
    `on once only or other our ours ourselves out over own re s same she should shouldn so some such t than that the their theirs them ` +
    `themselves then there these they this those through to too under until up upon us ve very was wasn we were weren what when where which while ` +
    `who whom whose why will with won would wouldn you your yours yourself yourselves ` +
    `aber alle allem allen aller alles als also am an andere anderen auch auf aus bei beim bin bis bist da dabei dadurch daher dann das dass ` +
    `dein deine deinem deinen deiner dem den denn der des dessen dich die dies diese diesem diesen dieser dieses dir doch dort du durch ein eine ` +
    `einem einen einer eines er es euch euer eure für fuer habe haben hat hatte hatten hier hinter ich ihm ihn ihnen ihr ihre ihrem ihren ihrer im in ` +
    `ins ist ja jede jedem jeden jeder jedes jetzt kann kein keine keinem keinen keiner können mein meine meinem meinen meiner mich mir mit nach ` +
    `nicht nichts noch nun nur ob oder ohne sehr sein seine seinem seinen seiner seit sich sie sind so soll sollen sonst über ueber um und uns unser ` +
    `unsere unter vom von vor wann war waren warum was weil welche welchem welchen welcher welches wem wen wenn wer werden weshalb wie wieder wir wird ` +
    `wo wurde wurden zu zum zur zwischen`
  ).split(' '),
)

/** The words of a text as the index has them, in order. */
export const wordsOf = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{N}\p{M}]+/gu) ?? []

/** Those that say something; all of them when none does. */
export function tellingWords(words: readonly string[]): string[] {
  const telling = [...new Set(words.filter((word) => !STOP.has(word)))]
  return telling.length > 0 ? telling : [...new Set(words)]
}
