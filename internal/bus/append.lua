-- What the scripts have in common. It stands before each of them.

-- Whether a stream remembers a number from which on it takes entries that is beyond a seq: somebody has
-- deleted its newest entries.
local function remembers(log, seq)
  local info = redis.call('XINFO', 'STREAM', log)
  for i = 1, #info, 2 do
    if info[i] == 'last-generated-id' then
      return tonumber(string.match(info[i + 1], '^%d+')) >= tonumber(seq)
    end
  end
  return false
end

-- Makes a stream anew with the entries that it has. That costs time, but happens once.
local function rebuild(log)
  local entries = redis.call('XRANGE', log, '-', '+')
  redis.call('DEL', log)
  for _, entry in ipairs(entries) do
    redis.call('XADD', log, entry[1], unpack(entry[2]))
  end
end

-- Appends an entry to a log, of which so many are kept at least. It is trimmed once in a while: Redis drops
-- dozens at a time or none, and having it look each time would make appending a tenth dearer.
local function append(log, keep, seq, entry)
  local added = redis.pcall('XADD', log, seq .. '-0', 'm', entry)
  if type(added) == 'table' and added.err then
    if redis.call('EXISTS', log) == 1 and remembers(log, seq) then
      rebuild(log)
    end
    -- Not with error(): the error's code, such as READONLY, has to stay in front.
    redis.call('XADD', log, seq .. '-0', 'm', entry)
  end
  if seq % 32 == 0 then
    redis.call('XTRIM', log, 'MAXLEN', '~', keep)
  end
end

