package Trade::History;

# The folder of a run (Trade::Torture), read.
#
#   my $run = Trade::History::read_run($dir);
#
#   run         what was asked for
#   windows     [{ names, begin, end, evidence, open, late }]
#   attempts    [{ at, name, intent or action, begun, end, took, how, problem,
#               outcome, id, published, replayed }]; times in seconds; how is
#               undef if an attempt has no end
#   intents     number -> { number, kind, key, buyer, items => [[sku, quantity],
#               ...], pad, attempts => [...] }
#   actions     "verb id" -> { verb, id, attempts => [...] }
#   records     the topic, as Trade::Kafka->records
#   redis       { slots => { slot => { field => value } }, due, asks, unpaid =>
#               { member => ms }, orders => { id => { slot, state, seq,
#               fingerprint, version, at, body } }, holds => { slot => { id =>
#               { state, version, body } } }, bought => { sku => { buyer =>
#               quantity } } }

use strict;
use warnings;

use JSON::PP;
use Trade::Kafka;
use Trade::Process qw(slurp);

my $json = JSON::PP->new->utf8;

sub read_run {
    my ($dir) = @_;
    my $run = { run => $json->decode(slurp("$dir/run")),
        windows => [map { $json->decode($_) } split /\n/, slurp("$dir/windows")],
        attempts => [], intents => {}, actions => {},
        redis => { map { $_ => {} } qw(slots due asks unpaid orders holds bought) } };
    _attempts($run, $_) for glob "$dir/history*";
    _dump($run->{redis}, $_) for glob "$dir/dump-*";
    open my $topic, '<', "$dir/topic" or die "$dir/topic: $!\n";
    $run->{records} = [Trade::Kafka::records_of($topic)];
    return $run;
}

sub _attempts {
    my ($run, $file) = @_;
    my @attempts;
    open my $f, '<', $file or die "$file: $!\n";
    while (my $line = <$f>) {
        last if $line !~ /\n\z/;
        my ($what, $at, $time, @rest) = split ' ', $line;
        if ($what eq 'A') {
            my $a = $attempts[$at] = { at => $at, begun => $time / 1e6 };
            my $of;
            if ($rest[0] eq 'action') {
                $of = $a->{action} = $run->{actions}{"@rest[1, 2]"} //=
                    { verb => $rest[1], id => $rest[2] };
                $a->{name} = "$of->{verb} of $of->{id}";
            } else {
                $of = $a->{intent} = $run->{intents}{ $rest[0] } //= _intent(@rest);
                $a->{name} = "intent $of->{number}";
            }
            push @{ $of->{attempts} }, $a;
        } else {
            my $a = $attempts[$at] // die "$file: attempt $at was not begun\n";
            $a->{end} = $time / 1e6;
            ($a->{took}, @$a{qw(how problem outcome id published replayed)}) =
                ($rest[0] / 1e6, map { $_ eq '-' ? undef : $_ } @rest[1 .. 6]);
        }
    }
    push @{ $run->{attempts} }, grep { $_ } @attempts;
}

sub _intent {
    my ($number, $kind, $key, $buyer, $items, $pad) = @_;
    return { number => $number, kind => $kind, buyer => $buyer, pad => $pad,
        key => $key < 0 ? undef : "$kind $key", attempts => [],
        items => [map { [split /:/] } split /,/, $items] };
}

sub _dump {
    my ($redis, $file) = @_;
    open my $f, '<', $file or die "$file: $!\n";
    while (my $line = <$f>) {
        my ($name, $value) = @{ $json->decode($line) };
        my ($slot, $kind, $of) = $name =~ /^trade:\{s(\d+)\}:(\w+):?(.*)$/;
        if ($kind eq 'slot') {
            $redis->{slots}{$slot} = $value;
        } elsif ($kind =~ /^(?:due|asks|unpaid)$/) {
            $redis->{$kind}{$_} = $value->{$_} for keys %$value;
        } elsif ($kind eq 'bought') {
            $redis->{bought}{$of}{$_} = (split ' ', $value->{$_})[0]
                for keys %$value;
        } elsif ($kind eq 'order') {
            my ($header, undef, $body) = split /\n/, $value, 3;
            my %order = (slot => $slot);
            @order{qw(state seq fingerprint version at)} = split ' ', $header;
            $redis->{orders}{$of} = { %order, body => $body };
        } elsif ($kind eq 'hold') {
            my ($header, $body) = split /\n/, $value, 2;
            my ($state, $version) = split ' ', $header;
            $redis->{holds}{$slot}{$of} = { state => $state,
                version => $version, body => $body };
        }
    }
}

1;
