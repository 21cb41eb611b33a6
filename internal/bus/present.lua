-- Notes who has come to a node and who has left it, and signals to the room what that changes, in one
-- atomic step.
--
-- KEYS[1] the room's roster, a hash: a user's id -> "LEASE LEASE … {user}", and '' -> the roster's id
-- KEYS[2] who came to the room and who left it, until a node has announced it: a sorted set by time of
--         "ID KIND TIME {user}", since it is taken off one by one, by several nodes
-- ARGV    1 channel, 2 PUBLISH, or SPUBLISH in a cluster, 3 the node's lease, 4 a new id of the roster,
--         5 how many users are named, 6 how much KEYS[2] may hold, 0 where nothing is announced, 7 how much
--         of it to return, 8 how many have come, then for each of them: its id, {user}; then the ids of
--         those who have left, or '*' for all that there are under the lease
--
-- Returns {how much KEYS[2] had no place for, and what is in it, the oldest first}, or {}.

local here, comings, lease, most = KEYS[1], KEYS[2], ARGV[3], tonumber(ARGV[6])
local joined, changed, left, gone = {}, {}, {}, {}

local function split(kept)
  return string.match(kept, '^([^{]*)(.*)$')
end

-- Leases without one of them.
local function without(leases)
  local others = ''
  for other in string.gmatch(leases, '%S+') do
    if other ~= lease then
      others = others .. other .. ' '
    end
  end
  return others
end

local function enter(id, user)
  local kept = redis.call('HGET', here, id)
  local leases, known = '', ''
  if kept then
    leases, known = split(kept)
  end
  local now = without(leases) .. lease .. ' ' .. user
  if now == kept then
    return
  end
  redis.call('HSET', here, id, now)
  if not kept then
    table.insert(joined, user)
  elseif known ~= user then
    table.insert(changed, user)
  end
end

local function leave(id, kept)
  local leases, user = split(kept)
  local others = without(leases)
  if others == '' then
    redis.call('HDEL', here, id)
    table.insert(left, '"' .. id .. '"') -- an id has nothing in it to be quoted
    table.insert(gone, user)
  elseif others ~= leases then
    redis.call('HSET', here, id, others .. user)
  end
end

-- Also what was there before: another node may have died before it could announce it.
local function waiting(dropped)
  if most == 0 then
    return {}
  end
  return {dropped, unpack(redis.call('ZRANGE', comings, 0, ARGV[7] - 1))}
end

local function keep()
  if most == 0 then
    return 0
  end
  local clock = redis.call('TIME')
  local time = string.format('%.0f', clock[1] * 1000 + math.floor(clock[2] / 1000))
  local order = string.format('%.0f', clock[1] * 1000000 + clock[2]) -- several may come in a millisecond
  local function add(kind, i, user)
    redis.call('ZADD', comings, order, ARGV[4] .. '-' .. i .. ' ' .. kind .. ' ' .. time .. ' ' .. user)
  end
  for i, user in ipairs(joined) do
    add('join', i, user)
  end
  for i, user in ipairs(gone) do
    add('leave', #joined + i, user)
  end
  local excess = redis.call('ZCARD', comings) - most
  if excess > 0 then
    redis.call('ZREMRANGEBYRANK', comings, 0, excess - 1)
  end
  return math.max(excess, 0)
end

local entering = tonumber(ARGV[8])
for i = 1, entering do
  enter(ARGV[7 + 2 * i], ARGV[8 + 2 * i])
end
for i = 9 + 2 * entering, #ARGV do
  if ARGV[i] == '*' then
    local all = redis.call('HGETALL', here)
    for j = 1, #all, 2 do
      if all[j] ~= '' then
        leave(all[j], all[j + 1])
      end
    end
  else
    local kept = redis.call('HGET', here, ARGV[i])
    if kept then
      leave(ARGV[i], kept)
    end
  end
end
if #joined + #changed + #left == 0 then
  return waiting(0)
end

local prev, id = redis.call('HGET', here, ''), ARGV[4]
redis.call('HSET', here, '', id)
local count = redis.call('HLEN', here) - 1
if count == 0 then
  redis.call('DEL', here)
  id = ''
end
local step = '{"prev":"' .. (prev or '') .. '","id":"' .. id .. '","count":' .. count
if count <= tonumber(ARGV[5]) then
  step = step .. ',"joined":[' .. table.concat(joined, ',') .. '],"changed":[' .. table.concat(changed, ',') ..
    '],"left":[' .. table.concat(left, ',') .. ']'
end
redis.call(ARGV[2], ARGV[1], 'signal {"presence":' .. step .. '}}')
return waiting(keep())
