-- Whole logins: /authorize, the login page, its form, the code for tokens. An answer may come on any connection; what it
-- leads to is sent before another login is begun.
--
-- Arguments: client id, redirect URI, code verifier and its S256 challenge, password, how many people there are, and the
-- number of the first of them to log in.
local authorize, form, json, token, password, people, person
local threads = {}
-- What is to be sent, the oldest first, and the cookie of each transaction, by its state.
local queue, first, last = {}, 1, 0
local cookies = {}
-- Global, so that they can be asked for when all is over.
finished = 0
unexpected = 0
surprise = ""

local function encoded(text)
    return (text:gsub("[^%w%-_.~]", function(byte) return string.format("%%%02X", byte:byte()) end))
end

local function later(...)
    last = last + 1
    queue[last] = wrk.format(...)
end

local function wonder(what)
    unexpected = unexpected + 1
    if surprise == "" then surprise = what end
end

function setup(thread) threads[#threads + 1] = thread end

function init(args)
    local client, redirect, verifier, challenge = args[1], args[2], args[3], args[4]
    password, people, person = encoded(args[5]), tonumber(args[6]), tonumber(args[7])
    authorize = wrk.format("GET", "/authorize?client_id=" .. client .. "&response_type=code&redirect_uri="
        .. encoded(redirect) .. "&scope=openid%20profile%20email&state=s&nonce=n&code_challenge=" .. challenge
        .. "&code_challenge_method=S256")
    form = { ["Content-Type"] = "application/x-www-form-urlencoded",
             ["Origin"] = "https://" .. wrk.host .. ":" .. wrk.port }
    json = { ["Content-Type"] = "application/json" }
    token = '{"grant_type":"authorization_code","client_id":"' .. client .. '","redirect_uri":"' .. redirect
        .. '","code_verifier":"' .. verifier .. '","code":"%s"}'
end

function request()
    local item = queue[first]
    if item == nil then return authorize end
    queue[first] = nil
    first = first + 1
    return item
end

-- Of several headers of one name wrk tells the last; there is one cookie.
local function moved(headers)
    local location, cookie = "", nil
    for name, value in pairs(headers) do
        name = name:lower()
        if name == "location" then location = value end
        if name == "set-cookie" then cookie = value:match("^__Host%-login=[^;]+") end
    end
    local code = location:match("[?&]code=([^&]+)")
    local state = location:match("^/login%?state=([^&]+)")
    if code then
        later("POST", "/oauth/token", json, token:format(code))
    elseif state and cookie then
        cookies[state] = cookie
        later("GET", location, { ["Cookie"] = cookie })
    else
        wonder("a redirect to " .. location)
    end
end

local function filled(page)
    local state = page:match('name="state" value="([^"]+)"')
    local csrf = page:match('name="_csrf" value="([^"]+)"')
    form["Cookie"] = cookies[state]
    cookies[state] = nil
    later("POST", "/login", form, "state=" .. state .. "&_csrf=" .. csrf .. "&username=bench-" .. person
        .. "%40example.com&password=" .. password)
    person = (person + 1) % people
end

function response(status, headers, body)
    if status == 302 then
        moved(headers)
    elseif status == 200 and body:find('"id_token":', 1, true) then
        finished = finished + 1
    elseif status == 200 and body:find('action="/login"', 1, true) then
        filled(body)
    else
        wonder(status .. " " .. body:sub(1, 500))
    end
end

function done()
    local logins, others, what = 0, 0, ""
    for _, thread in ipairs(threads) do
        logins = logins + thread:get("finished")
        others = others + thread:get("unexpected")
        what = what .. thread:get("surprise")
    end
    print("logins: " .. logins .. ", unexpected answers: " .. others .. " " .. what)
end
