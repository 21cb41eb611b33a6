-- What the scripts have in common about sanctions. It stands before each of them.
--
-- Beside a log, and written in the same steps, is who may not speak or be there, so that the script which
-- appends can refuse: a hash, in which the fields are 'ban:USER' and 'mute:USER', and the values
-- 'UNTIL NAME': the millisecond until which it holds, 0 for good, and the user's name, if it was known.

local function milliseconds()
  local now = redis.call('TIME')
  return now[1] * 1000 + math.floor(now[2] / 1000)
end

local function hasEnded(value, now)
  local ends = tonumber(string.match(value, '^%d+'))
  return ends > 0 and ends <= now
end

-- "refused", why a user may say nothing, and until when; or nil. sanctions is false for a room that has none.
local function silenced(sanctions, user, now)
  if user == '*' then
    return 'refused mute 0'
  end
  if user == '' or not sanctions then
    return
  end
  local fields = {'ban:' .. user, 'mute:' .. user}
  local held = redis.call('HMGET', sanctions, unpack(fields))
  for i, field in ipairs(fields) do
    if held[i] and hasEnded(held[i], now) then
      redis.call('HDEL', sanctions, field)
    elseif held[i] then
      return 'refused ' .. string.match(field, '^%a+') .. ' ' .. string.match(held[i], '^%d+')
    end
  end
end

local function isAct(kind)
  return kind == 'kick' or kind == 'mute' or kind == 'unmute' or kind == 'ban' or kind == 'unban'
end

-- Brings the hash up to date with an act that was appended. Those who never come again would stay in it
-- for ever, so what has ended goes then: there are few acts.
local function act(sanctions, now, kind, user, value)
  if kind == 'mute' or kind == 'ban' then
    redis.call('HSET', sanctions, kind .. ':' .. user, value)
  elseif kind == 'unmute' or kind == 'unban' then
    redis.call('HDEL', sanctions, string.sub(kind, 3) .. ':' .. user)
  end
  local all = redis.call('HGETALL', sanctions)
  for i = 1, #all, 2 do
    if hasEnded(all[i + 1], now) then
      redis.call('HDEL', sanctions, all[i])
    end
  end
end
