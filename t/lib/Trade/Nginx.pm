package Trade::Nginx;

# nginx with the module, on a configuration that the test shows whole, and an
# HTTP client for it.

use strict;
use warnings;

use HTTP::Tiny;
use IO::Socket::INET;
use JSON::PP;
use Trade::Kafka;
use Trade::Process qw(free_port wait_for wait_port slurp spew);

# new(dir => folder, conf => text, vars => { NAME => value }): %%NAME%% in the
# text is replaced, and these:
#   %%GLOBALS%%       load_module, pid, error_log
#   %%HASH_GLOBALS%%  the same, with the module of trade_hash instead
#   %%HASH_MODULE%%   the path of that module
#   %%GLOBALS_HTTP%%  folders of the test's own
#   %%PORT%%          a free port, $n->port
sub new {
    my ($class, %self) = @_;
    my $self = bless { %self }, $class;
    $self->{port} //= free_port();
    $self->{env} = environment($self->{dir});
    mkdir $self->{dir};
    mkdir "$self->{dir}/logs";
    $self->configure($self->{conf});
    return $self;
}

# For a module with sanitizers: Debian's nginx has none, so they are loaded
# before it, and report into the folder.
sub environment {
    my ($dir) = @_;
    return $ENV{TRADE_PRELOAD} ? {
        LD_PRELOAD => $ENV{TRADE_PRELOAD},
        ASAN_OPTIONS => "detect_leaks=0:log_path=$dir/asan",
        UBSAN_OPTIONS => "print_stacktrace=1:log_path=$dir/ubsan",
    } : {};
}

# nginx; with TRADE_VALGRIND under memcheck, with what it finds in the folder, a
# file a process.  Nothing is suppressed: there was no need to.
sub program {
    my ($dir) = @_;
    return (!$ENV{TRADE_VALGRIND} ? () : ('valgrind', '-q', '--num-callers=20',
        "--log-file=$dir/valgrind.%p"),
        $ENV{TRADE_NGINX} // 'nginx');
}

# Lays a configuration out; the text in the test file keeps its line numbers.
sub configure {
    my ($self, $conf) = @_;
    my $dir = $self->{dir};
    my $globals = "pid $dir/nginx.pid; error_log $dir/error.log info;";
    my %vars = (
        PORT => $self->{port},
        TESTDIR => $dir,
        GLOBALS => "load_module $ENV{TRADE_MODULE}; $globals",
        HASH_GLOBALS => "load_module $ENV{TRADE_HASH_MODULE}; $globals",
        HASH_MODULE => $ENV{TRADE_HASH_MODULE},
        GLOBALS_HTTP => join(' ', "access_log $dir/access.log;",
            map { "${_}_temp_path $dir/$_;" }
            qw(client_body proxy fastcgi uwsgi scgi)),
        %{ $self->{vars} || {} },
    );
    $conf =~ s/%%(\w+)%%/$vars{$1} \/\/ die "no value for %%$1%%\n"/ge;
    spew("$dir/nginx.conf", $conf);
    $self->_patient if $self->{process};
}

# A slow machine is no fault: a request has 20 seconds, Redis has ten, Kafka has a
# minute, and both may have a queue of ten seconds, unless the configuration says
# otherwise.  With this lease a worker publishes an event up to 9 seconds after it
# asked Redis for it, not one.
sub _patient {
    my ($self) = @_;
    my $conf = slurp("$self->{dir}/nginx.conf");
    for my $time (qw(timeout connect_timeout)) {
        $conf =~ s/(\btrade_redis\s+\S+\s*\{)(?![^{}]*[\s;{]$time\s)/$1 $time 10s;/g;
    }
    $conf =~ s/(\btrade_(?:redis|kafka)\s+\S+\s*\{)(?![^{}]*\bqueue_delay\b)/$1 queue_delay 10s;/g;
    $conf =~ s/(\btrade_zone\s[^;]*;)/$1 trade_lease 15s;/ if $conf !~ /\btrade_lease\b/;
    $conf =~ s/(\btrade_zone\s[^;]*;)/$1 trade_timeout 20s;/
        if $conf !~ /\btrade_timeout\b.*\bserver\s*\{/s;
    $conf =~ s/(\btrade_kafka\s+\S+\s*\{)(?![^{}]*\boutage\b)/$1 outage 1m;/g;
    spew("$self->{dir}/nginx.conf", $conf);
}

sub _command {
    my ($self, @args) = @_;
    return (program($self->{dir}), '-p', $self->{dir}, '-c',
        "$self->{dir}/nginx.conf", '-e', "$self->{dir}/error.log", @args);
}

# nginx -t: whether it says yes, what it says, and its status.
sub check {
    my ($self) = @_;
    unlink "$self->{dir}/check.log";
    my $p = Trade::Process->new(log => "$self->{dir}/check.log",
        env => $self->{env}, command => [$self->_command('-t')]);
    $p->wait_end(30);
    return ($p->{status} == 0, slurp("$self->{dir}/check.log"), $p->{status});
}

# Starts it, and waits until each worker has a connection to each shard.  The
# topics are made before, but with topics => 0.
sub start {
    my ($self, %opt) = @_;
    $self->_patient;
    Trade::Kafka::make_topics(slurp("$self->{dir}/nginx.conf"))
        if $opt{topics} // 1;
    my $before = $self->ups;
    $self->{process} = Trade::Process->new(log => "$self->{dir}/stderr",
        env => $self->{env}, command => [$self->_command('-g', 'daemon off;')]);
    $self->{process}->wait_while(sub { wait_port($self->{port}, 0) }, 20)
        or die "nginx did not start:\n" . slurp("$self->{dir}/stderr");
    my $conf = slurp("$self->{dir}/nginx.conf");
    my ($workers) = $conf =~ /worker_processes\s+(\d+)/;
    my $shards = () = $conf =~ /^\s*server\s+\S+\s+name=/mg;
    my $up = $opt{up} // ($workers // 1) * $shards;
    $self->wait_ups($before + $up);
    return $self;
}

# How often a worker has found a shard that is up, and until it is so often.
my $UP = qr/shard "[^"]*" \(\S+\) is up$/m;
sub ups { return scalar(() = $_[0]->error_log =~ /$UP/g) }
sub wait_ups { my ($self, $count) = @_; $self->wait_log($UP, $count) if $count }

sub stop { my ($self, @how) = @_; $self->{process}->stop(@how) if $self->{process} }
sub pid { $_[0]{process}->pid }
sub signal { my ($self, $signal) = @_; $self->{process}->signal($signal) }
sub port { $_[0]{port} }
sub error_log { slurp("$_[0]{dir}/error.log") }
sub access_log { slurp("$_[0]{dir}/access.log") }

# Waits until the error log has $count lines that match.
sub wait_log {
    my ($self, $match, $count, $seconds) = @_;
    return wait_for(sub {
        my $n = () = $self->error_log =~ /$match/g;
        return $n >= ($count // 1);
    }, $seconds // 20) || die "not in error.log: $match\n";
}

sub workers {
    my ($self) = @_;
    my $pid = $self->pid;
    return $self->_workers_logged if $ENV{TRADE_VALGRIND};
    open my $ps, '-|', 'ps', '-o', 'pid=,args=', '--ppid', $pid or die $!;
    return map { /^\s*(\d+) (?:nginx|angie): worker process(?: #\d+)?$/ ? $1 : () } <$ps>;
}

# valgrind keeps the names that nginx gives to its processes to itself.
sub _workers_logged {
    my ($self) = @_;
    my $log = $self->error_log;
    my %ended = map { $_ => 1 } $log =~ /(\d+)#\d+: gracefully shutting down/g;
    return grep { !$ended{$_} && kill 0, $_ }
        $log =~ /: start worker process (\d+)/g;
}

# request(method, path, { header => value }, body): { status, headers (names
# in lower case), body, json }; status 599 when there is no answer.
sub request {
    my ($self, $method, $path, $headers, $body) = @_;
    my $http = $self->{http} //= HTTP::Tiny->new(timeout => 30,
        keep_alive => 0);
    my %h = %{ $headers || {} };
    if (defined $body) {
        $body = encode_json($body) if ref $body;
        $h{'Content-Type'} //= 'application/json';
    }
    delete $h{$_} for grep { !defined $h{$_} } keys %h;
    my $r = $http->request($method, "http://127.0.0.1:$self->{port}$path",
        { headers => \%h, defined $body ? (content => $body) : () });
    return { status => $r->{status}, headers => $r->{headers},
        body => $r->{content}, json => _json($r->{content}) };
}

sub _json { my ($text) = @_; return scalar eval { decode_json($text) } }

sub get { my ($self, $path, $h) = @_; $self->request('GET', $path, $h) }

# order([sku => quantity, ...], buyer, key, more fields)
sub order {
    my ($self, $items, $buyer, $key, %more) = @_;
    my @items = @$items;
    my @list;
    while (my ($sku, $quantity) = splice @items, 0, 2) {
        push @list, { sku => $sku, quantity => $quantity };
    }
    return $self->request('POST', '/v1/orders',
        { 'Idempotency-Key' => $key },
        { buyer_id => $buyer, items => \@list, %more });
}

sub put_stock {
    my ($self, $sku, %stock) = @_;
    return $self->request('PUT', stock_path($sku), undef, \%stock);
}

sub stock { my ($self, $sku) = @_; $self->get(stock_path($sku))->{json} }

# The path of a SKU's stock; a SKU with parts of dots is an argument.
sub stock_path {
    my ($sku) = @_;
    utf8::encode($sku);
    my $dots = grep { /^\.\.?$/ } split m{/}, $sku;
    $sku =~ s/([^A-Za-z0-9_.:~-])/sprintf '%%%02X', ord $1/ge;
    return $dots ? "/v1/stock?sku=$sku" : "/v1/stock/$sku";
}

sub status { my ($self) = @_; $self->get('/trade')->{json} }

# A connection, for what no client library sends.
sub connect {
    my ($self) = @_;
    return IO::Socket::INET->new(PeerAddr => '127.0.0.1',
        PeerPort => $self->{port}, Proto => 'tcp') // die "connect: $!\n";
}

# Sends an order of one unit, and returns the connection, which its answer comes
# on.
sub send_order {
    my ($self, $path, $sku, $buyer, $key) = @_;
    my $body = qq({"buyer_id":"$buyer","items":[{"sku":"$sku","quantity":1}]});
    my $s = $self->connect;
    print $s join "\r\n", "POST $path HTTP/1.0", 'Content-Type: application/json',
        $key ? "Idempotency-Key: $key" : (), 'Content-Length: ' . length $body, '', $body;
    return $s;
}

# GET of a path with each of the keys in the header `Key`, many requests in each
# write: the headers of the answers, which must have no body.
sub get_keys {
    my ($self, $path, @left) = @_;
    my $s = $self->connect;
    my @answers;
    while (my @some = splice @left, 0, 50) {
        print $s map { "GET $path HTTP/1.1\r\nHost: test\r\nKey: $_\r\n\r\n" } @some;
        for (@some) {
            my %headers;
            while ((my $line = <$s> // return @answers) ne "\r\n") {
                $headers{ lc $1 } = $2 if $line =~ /^([\w-]+): (.*)\r/;
            }
            push @answers, \%headers;
        }
    }
    return @answers;
}

# Sends bytes, returns all that comes until nginx closes.
sub raw {
    my ($self, $bytes) = @_;
    my $s = $self->connect;
    print $s $bytes;
    local $/;
    return <$s> // '';
}

# Kills a worker; that nginx logs it is no alert then.
sub kill_worker {
    my ($self, $pid) = @_;
    $self->{killed}{$pid} = 1;
    kill 'KILL', $pid;
}

# Lines that no run may leave in its logs.
sub alerts {
    my ($self) = @_;
    my @bad = grep { !(/worker process (\d+) exited on signal 9$/ && $self->{killed}{$1}) }
        grep { /\[(?:alert|emerg)\]|worker process \d+ exited with code [^0]/ }
        split /\n/, $self->error_log;
    push @bad, grep { $_ } map { slurp($_) }
        glob "$self->{dir}/asan* $self->{dir}/ubsan* $self->{dir}/valgrind.*";
    push @bad, grep { /Sanitizer|runtime error:|core dumped/ }
        split /\n/, $self->error_log . slurp("$self->{dir}/stderr");
    return @bad;
}

1;
