/**
 * Everything that was said, as places in the session log. The words are read from the messages themselves, through a view, so no
 * text is copied; triggers take a place out of the index before its message changes or goes, while its words can still be read.
 */
export const episodes = `
CREATE TABLE episodes (
  n          INTEGER PRIMARY KEY,
  session_id TEXT NOT NULL,
  -- of the message in the conversation, and of the part in the message
  position   INTEGER NOT NULL,
  part       INTEGER NOT NULL,
  kind       TEXT NOT NULL,
  at         TEXT NOT NULL,
  UNIQUE (session_id, position, part)
) STRICT;

-- of long results the beginning
CREATE VIEW episode_texts AS
SELECT e.n AS n, CASE WHEN e.kind IN ('tool', 'file') THEN
    substr(COALESCE(m.message ->> ('$.parts[' || e.part || '].title'), '') || char(10)
      || COALESCE(m.message ->> ('$.parts[' || e.part || '].output'), ''), 1, 4000)
  ELSE substr(COALESCE(m.message ->> ('$.parts[' || e.part || '].text'), ''), 1, 100000) END AS text
FROM episodes e JOIN messages m ON m.session_id = e.session_id AND m.position = e.position;

CREATE VIRTUAL TABLE episode_words USING fts5(
  text, content='episode_texts', content_rowid='n', tokenize='porter unicode61 remove_diacritics 2'
);
INSERT INTO episode_words (episode_words, rank) VALUES ('secure-delete', 1);

-- how many of a session's messages are in the index
CREATE TABLE episode_progress (
  session_id TEXT PRIMARY KEY,
  position   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- a message that is written again replaces its row, for which no trigger of a deletion is called
CREATE TRIGGER episodes_message_written BEFORE INSERT ON messages
WHEN EXISTS (SELECT 1 FROM episode_progress WHERE session_id = new.session_id AND position > new.position)
BEGIN
  INSERT INTO episode_words (episode_words, rowid, text) SELECT 'delete', n, text FROM episode_texts
    WHERE n IN (SELECT n FROM episodes WHERE session_id = new.session_id AND position = new.position);
  DELETE FROM episodes WHERE session_id = new.session_id AND position = new.position;
  UPDATE episode_progress SET position = min(position, new.position) WHERE session_id = new.session_id;
END;
CREATE TRIGGER episodes_message_updated BEFORE UPDATE ON messages
BEGIN
  INSERT INTO episode_words (episode_words, rowid, text) SELECT 'delete', n, text FROM episode_texts
    WHERE n IN (SELECT n FROM episodes WHERE session_id = old.session_id AND position = old.position);
  DELETE FROM episodes WHERE session_id = old.session_id AND position = old.position;
  UPDATE episode_progress SET position = min(position, old.position) WHERE session_id = old.session_id;
END;
CREATE TRIGGER episodes_message_deleted BEFORE DELETE ON messages
BEGIN
  INSERT INTO episode_words (episode_words, rowid, text) SELECT 'delete', n, text FROM episode_texts
    WHERE n IN (SELECT n FROM episodes WHERE session_id = old.session_id AND position = old.position);
  DELETE FROM episodes WHERE session_id = old.session_id AND position = old.position;
END;
CREATE TRIGGER episodes_session_deleted AFTER DELETE ON sessions
BEGIN
  DELETE FROM episode_progress WHERE session_id = old.id;
END;
`
