-- Notes who has come to a node and who has left it, and signals to the room what that changes, in one
-- atomic step.
--
-- KEYS[1] the room's roster, a hash: a user's id -> "LEASE LEASE … {user}", and '' -> the roster's id
-- ARGV    1 channel, 2 PUBLISH, or SPUBLISH in a cluster, 3 the node's lease, 4 a new id of the roster,
--         5 how many users are named, 6 how many have come, then for each of them: its id, {user};
--         then the ids of those who have left, or '*' for all that there are under the lease

local here, lease = KEYS[1], ARGV[3]
local joined, changed, left = {}, {}, {}

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
  elseif others ~= leases then
    redis.call('HSET', here, id, others .. user)
  end
end

local entering = tonumber(ARGV[6])
for i = 1, entering do
  enter(ARGV[5 + 2 * i], ARGV[6 + 2 * i])
end
for i = 7 + 2 * entering, #ARGV do
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
  return 0
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
return 1
