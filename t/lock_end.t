# A lock lasts from the end of a request to the end of its answer.  A client that
# sends its body slowly does not hold it yet.  It ends as soon as nginx has sent
# the answer, not when nginx has finished with the connection, which it may keep
# for half a minute longer to read what the client still sends.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Compress::Raw::Zlib qw(crc32);
use IO::Select;
use IO::Socket::INET;
use Test::More;
use Trade;
use Trade::Process qw(free_port slurp spew wait_for);

my $t = Trade->new;
my $redis = $t->redis('a');
my $backend = IO::Socket::INET->new(Listen => 8, LocalAddr => '127.0.0.1', Proto => 'tcp')
    or die "listen: $!\n";

# nginx lingers for longer than a request waits for its lock, by far.
my $http2 = free_port();
my %vars = (A => $redis->address, HTTP2 => $http2,
    BACKEND => '127.0.0.1:' . $backend->sockport);
my $n = $t->nginx(<<'EOT', %vars);
%%GLOBALS%%
worker_processes 1;
events { worker_connections 512; }
http {
    %%GLOBALS_HTTP%%
    log_format lock '$status $arg_n lost=$trade_lock_lost';
    access_log %%TESTDIR%%/lock.log lock;
    trade_zone main:16m;
    trade_redis stock {
        server %%A%% name=a;
    }
    lingering_close always;
    lingering_time 10m;
    lingering_timeout 10m;
    server {
        listen 127.0.0.1:%%PORT%%;
        listen 127.0.0.1:%%HTTP2%% http2;
        client_body_buffer_size 16k;
        root %%TESTDIR%%;
        trade_lock stock $arg_k ttl=10m;
        proxy_http_version 1.1;
        error_page 404 /error;

        location /unread { lingering_close on; alias %%TESTDIR%%/file; }
        location /proxy { proxy_pass http://%%BACKEND%%; }
        location /stream { proxy_pass http://%%BACKEND%%; proxy_buffering off; }
        location /lives { trade_lock stock $arg_k ttl=300ms; proxy_pass http://%%BACKEND%%; }
        location /ssi { ssi on; ssi_types *; }
        location /gzip { gzip on; gzip_types *; gzip_min_length 1; alias %%TESTDIR%%/file; }
        location /limited { limit_rate 1k; alias %%TESTDIR%%/big; }
        location /twice/ { trade_lock stock twice; alias %%TESTDIR%%/; index file; }
        location /twice/file { trade_lock stock $arg_k; alias %%TESTDIR%%/file; }
        location /upgrade {
            proxy_pass http://%%BACKEND%%;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection upgrade;
        }
        location /after { alias %%TESTDIR%%/file; post_action @after; }
        location @after { proxy_pass http://%%BACKEND%%; }
        location /unbuffered { proxy_pass http://%%BACKEND%%; proxy_request_buffering off; }
        location /small { client_max_body_size 10; proxy_pass http://%%BACKEND%%; }
        location /short { client_body_timeout 1s; proxy_pass http://%%BACKEND%%; }
        location /dav { dav_methods PUT; }
        location /part { trade_lock off; proxy_pass http://%%BACKEND%%; }
        location /wait { trade_lock stock $arg_k wait=20s; alias %%TESTDIR%%/file; }
        location /running { trade_lock off; stub_status; }
        location /status { trade_status; }
        location /trade { trade_lock off; trade_status; }
    }
}
EOT
spew("$n->{dir}/file", "ok\n");
mkdir "$n->{dir}/dav";
chmod 0777, "$n->{dir}/dav";
spew("$n->{dir}/error", "an error\n");
spew("$n->{dir}/big", 'x' x 30_000_000);
spew("$n->{dir}/ssi", 'a <!--# include virtual="/part" --> b');
$n->start;

# answers of nginx itself

my ($name, $case);
my $modified = $n->get('/file')->{headers}{'last-modified'};
ends('a file', 'GET /file', 200);
ends('an answer to HEAD', 'HEAD /file', 200);
ends('304', 'GET /file', 304, "If-Modified-Since: $modified\r\n");
ends('206', 'GET /file', 206, "Range: bytes=0-1\r\n");
ends('a compressed answer', 'GET /gzip', 200, "Accept-Encoding: gzip\r\n");
ends('an error page', 'GET /none', 404);
ends('an error page without a file', 'POST /file', 405);
ends('an answer of this module', 'GET /status', 200);
ends('an answer with the rest of a request behind it', 'GET /unread', 200, '',
    "GET /file HTTP/1.1\r\nHost:");
ends('an answer to HTTP/1.0', 'GET /file', 200, '', '', '1.0');

my $c = ask('GET /twice/');
is(status($c), 200, "$case: a request with two locks is answered");
is(released($name), 1, "$case: the second lock has ended");
is(released('twice'), 1, "$case: the first lock has ended");

# answers of a backend

for my $path ('/proxy', '/stream') {
    for (['GET', "200 OK\r\nContent-Length: 3", "ok\n"],
        ['HEAD', "200 OK\r\nContent-Length: 3", ''],
        ['GET', '204 No Content', ''],
        ['GET', "200 OK\r\nTransfer-Encoding: chunked", "3\r\nok\n\r\n0\r\n\r\n"],
        ['GET', "200 OK\r\nContent-Length: 6", "ok\n", 'cut'],
        ['GET', "200 OK\r\nTransfer-Encoding: chunked", "3\r\nok\n", 'cut'],
        ['GET', '', '', 'cut']) {
        my ($method, $head, $body, $cut) = @$_;
        $c = ask("$method $path");
        my $b = served();
        is(held($name), 1, "$case: the request holds its lock");
        print $b "HTTP/1.1 $head\r\n\r\n$body" if $head;
        close $b if $cut;
        my ($expected) = "$head 502" =~ /(\d+)/;
        is(status($c), $expected, "$case: the client is answered $expected"
            . ($cut ? ', and the backend goes' : ''));
        is(released($name), 1, "$case: the lock has ended with the answer");
    }
}

# a part of an answer is not the answer

$c = ask('GET /stream');
my $b = served();
print $b "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nok\n";
is(status($c), 200, "$case: half an answer has come");
is(held($name), 1, "$case: the lock is held after half an answer");
print $b "ok\n";
is(released($name), 1, "$case: the lock ends with the other half");

$c = ask('GET /ssi');
$b = served();
is(held($name), 1, "$case: the lock is held while a part of the page is made");
print $b "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n";
is(status($c), 200, "$case: the page is sent");
is(released($name), 1, "$case: the lock has ended with the answer");

$c = ask('GET /big');
is(status($c), 200, "$case: a long answer begins");
is(held($name), 1, "$case: the lock is held while the client does not read");
my $left = 30_000_000;
while ($left > 0 && sysread $c, my $bytes, 1_000_000) {
    $left -= length $bytes;
}
cmp_ok($left, '<=', 0, "$case: the client reads all of the answer");
is(released($name), 1, "$case: the lock has ended with the answer");

$c = ask('GET /limited');
is(status($c), 200, "$case: an answer with a limited rate begins");
is(held($name), 1, "$case: the lock is held while the answer is sent");
close $c;
is(released($name), 1, "$case: the lock ends when the client goes");

# a connection that becomes another one

$c = ask('GET /upgrade', "Upgrade: websocket\r\n");
$b = served();
print $b "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n";
is(status($c), 101, "$case: the connection is upgraded");
print $c 'there';
is(bytes($b, 5), 'there', "$case: the backend gets bytes of the client");
print $b 'back';
is(bytes($c, 4), 'back', "$case: the client gets bytes of the backend");
is(held($name), 1, "$case: the lock is held while the connection lasts");
close $b;
is(released($name), 1, "$case: the lock ends when the backend closes the connection");

$c = ask('GET /upgrade', "Upgrade: websocket\r\n");
$b = served();
print $b "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n";
is(status($c), 101, "$case: another connection is upgraded");
close $c;
is(released($name), 1, "$case: the lock ends when the client closes the connection");
close $b;

# work of a request behind its answer

$c = ask('GET /after');
is(status($c), 200, "$case: a request with a post_action is answered");
$b = served();
is(held($name), 1, "$case: the lock is held while the post_action runs");
close $c;
print $b "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
close $b;
is(released($name), 1, "$case: the lock ends behind the post_action");

# a request's body

for my $path ('/proxy', '/unbuffered') {
    for my $size (20, 100_000) {
        $c = ask("POST $path", "Content-Length: $size\r\n", 'x' x ($size / 2));
        is(held($name), 0, "$case: no lock is held while half of $size bytes is missing");
        print $c 'y' x ($size / 2);
        $b = served();
        is(held($name), 1, "$case: the lock is held when the whole body has come");
        is(bytes($b, $size), 'x' x ($size / 2) . 'y' x ($size / 2),
            "$case: the backend gets the body");
        print $b "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
        is(status($c), 200, "$case: the request is answered");
        is(released($name), 1, "$case: the lock has ended with the answer");
    }
    $c = ask("POST $path", "Transfer-Encoding: chunked\r\n", "2\r\nab\r\n");
    is(held($name), 0, "$case: no lock is held while a chunk is missing");
    print $c "1\r\nc\r\n0\r\n\r\n";
    $b = served();
    is(held($name), 1, "$case: the lock is held when the last chunk has come");
    like(bytes($b, 3), qr/^(?:abc|3)/, "$case: the backend gets the body");
    print $b "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    is(status($c), 200, "$case: the request is answered");
}

$c = ask('POST /proxy', "Content-Length: 2\r\nExpect: 100-continue\r\n");
is(status($c), 100, "$case: a client that expects 100 is told to send its body");
is(held($name), 0, "$case: no lock is held until the client sends its body");
print $c 'ab';
$b = served();
is(held($name), 1, "$case: the lock is held when the client has sent its body");
is(bytes($b, 2), 'ab', "$case: the backend gets the body");
print $b "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
is(status($c), 200, "$case: the request is answered");

my $acquired = $n->status->{locks}{acquired};
$c = ask('POST /small', "Content-Length: 11\r\n");
is(status($c), 413, "$case: a body that is too long is refused");
$c = ask('POST /small', "Transfer-Encoding: chunked\r\n", "6\r\nabcdef\r\n5\r\nabcde\r\n");
is(status($c), 413, "$case: a body whose chunks are too long is refused");
$c = ask('POST /short', "Content-Length: 2\r\n", 'a');
is(status($c), 0, "$case: the connection is closed when the body does not come in time");
$c = ask('POST /proxy', "Transfer-Encoding: chunked\r\n", "x\r\n");
is(status($c), 400, "$case: a malformed body is refused");
$c = ask('POST /proxy', "Content-Length: 2\r\n", 'a');
close $c;
is($n->status->{locks}{acquired}, $acquired, 'no request without a whole body has taken a lock');

$c = ask('POST /file', "Content-Length: 100000\r\n", 'x' x 100_000);
is(status($c), 405, "$case: a request with a body that nobody wants is answered");
is(released($name), 1, "$case: the lock has ended with the answer");

$c = ask('GET /proxy');
$b = served();
my $waiter = $n->connect;
print $waiter "POST /wait?k=$name HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab";
ok(wait_for(sub { $n->status->{locks}{waiting} == 1 }, 20),
    "$case: a request with a body waits for the lock");
close $waiter;
ok(wait_for(sub { $n->status->{locks}{waiting} == 0 }, 20),
    "$case: the request leaves the queue when its client goes");
print $b "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
is(status($c), 200, "$case: the holder is answered");
is(released($name), 1, "$case: the lock has ended with the answer");

$c = ask('PUT /dav/put', "Content-Length: 2\r\n", 'a');
is(held($name), 0, "$case: no lock is held while a file comes");
print $c 'b';
is(status($c), 201, "$case: the file is put in its place");
is(slurp("$n->{dir}/dav/put"), 'ab', "$case: the file is whole");
is(released($name), 1, "$case: the lock has ended with the answer");
$c = ask('PUT /file', "Content-Length: 2\r\n", 'ab');
is(status($c), 405, "$case: a file that may not be put is refused");
close $c;
ok(wait_for(sub { !glob "$n->{dir}/client_body/*" }, 20),
    "$case: nothing is left of the refused file");

$c = $n->connect;
print $c "POST /unbuffered HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nab";
$b = served();
is(bytes($b, 2), 'ab', 'a request without a lock is passed on while its body comes');
close $c;

SKIP: {
    skip 'no curl', 5 if system('curl --http2-prior-knowledge -V >/dev/null 2>&1') != 0;
    my $before = running();
    my ($curl, $body) = http2('/unbuffered?k=http2');
    print $body 'first';
    ok(wait_for(sub { running() > $before }, 20), 'HTTP/2: a request comes');
    is(held('http2'), 0, 'HTTP/2: no lock is held while the body comes');
    print $body ' last';
    close $body;
    $b = served();
    is(held('http2'), 1, 'HTTP/2: the lock is held when the whole body has come');
    is(bytes($b, 10), 'first last', 'HTTP/2: the backend gets the body');
    print $b "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    waitpid $curl, 0;
    is($?, 0, 'HTTP/2: the request is answered');
}

# the variables of a lock that has ended

$c = ask('GET /lives', '', '', 'n=gone');
$b = served();
$redis->cmd('DEL', key());
ok(wait_for(sub { $n->status->{locks}{lost} == 1 }, 20), "$case: the lock is lost");
print $b "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
is(status($c), 200, "$case: the request is answered");
close $c;
ok(wait_for(sub { slurp("$n->{dir}/lock.log") =~ / gone lost=1$/m }, 20),
    '$trade_lock_lost shows it when the request is logged');
ok(wait_for(sub { $n->status->{locks}{held} == 0 }, 20), 'no lock is held in the end');

$t->done;

# Sends a request with a lock of its own, $name, that is called $case in the names
# of tests, and returns its connection.
sub ask {
    my ($request, $headers, $behind, $args, $version) = @_;
    my $c = $n->connect;
    $name = 'n' . ++(our $number);
    $case = $request;
    print $c "$request?k=$name&" . ($args // '') . ' HTTP/' . ($version || '1.1')
        . "\r\nHost: a\r\nConnection: close\r\n", $headers // '', "\r\n", $behind // '';
    return $c;
}

# Whether a request is answered with that status, and its lock ends with that.
sub ends {
    my ($what, $request, $status, $headers, $behind, $version) = @_;
    my $c = ask($request, $headers, $behind, '', $version);
    is(status($c), $status, "$case: $what is sent");
    is(released($name), 1, "$case: the lock has ended with the answer");
}

# The status of the answer that comes; its header is read, what follows is not.
sub status {
    my ($c) = @_;
    my $head = '';
    while ($head !~ /\r\n\r\n$/) {
        sysread $c, $head, 1, length $head or last;
    }
    return $head =~ m{^HTTP/1\.1 (\d+) } ? $1 : 0;
}

sub bytes {
    my ($s, $count) = @_;
    my $bytes = '';
    while (length $bytes < $count) {
        sysread $s, $bytes, $count - length $bytes, length $bytes or last;
    }
    return $bytes;
}

# The next request at the backend, behind its header.
sub served {
    IO::Select->new($backend)->can_read(20) or die "no request at the backend\n";
    my $s = $backend->accept;
    while (defined(my $line = sysline($s))) {
        last if $line eq "\r\n";
    }
    return $s;
}

sub sysline {
    my ($s) = @_;
    my $line = '';
    while ($line !~ /\n$/) {
        sysread $s, $line, 1, length $line or return undef;
    }
    return $line;
}

# 1 if another request gets the lock, which it waits for.
sub released { return $n->get("/wait?k=$_[0]")->{status} == 200 ? 1 : 0 }

# 1 if another request, which does not wait, is refused.
sub held { return $n->get("/file?k=$_[0]")->{status} == 423 ? 1 : 0 }

# How many requests nginx has, beside this one.
sub running { return ($n->get('/running')->{body} =~ /Writing: (\d+)/)[0] }

# A PUT by HTTP/2 whose body comes as it is written: curl's pid, and where to.
sub http2 {
    my ($path) = @_;
    pipe my $read, my $write or die "pipe: $!\n";
    my $pid = fork // die "fork: $!\n";
    if (!$pid) {
        close $write;
        open STDIN, '<&', $read or die "stdin: $!\n";
        exec qw(curl -s -f -m 60 -o /dev/null -T - --http2-prior-knowledge),
            "http://127.0.0.1:$http2$path";
    }
    close $read;
    $write->autoflush(1);
    return ($pid, $write);
}

sub key { return 'trade:{s' . crc32($name) % 4096 . "}:lock:$name" }
